"""The table of bad input through the deployed system: what AWS accepts ends in a dead-letter queue, as it came."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from local.traffic.publication import Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication
from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.log_lines import LogLine
from publishing.doors import Accepted as Taken
from publishing.doors import BusDoor, Entry, QueueDoor
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome, Reason
from tests.bad_input import COMPANY, LARGEST, BadInput, bad_inputs
from tests.e2e.scene import Scene

SENDABLE = [bad for bad in bad_inputs() if bad.is_sendable]


def _is_a_detail(bad: BadInput) -> bool:
    """EventBridge takes JSON objects of less than 1 MiB, whatever is in them (PutEvents)."""
    if bad.reason in {Reason.INVALID_JSON, Reason.TOO_LARGE, Reason.UNKNOWN_TYPE}:
        return False
    return isinstance(json.loads(bad.text), dict)


ON_THE_BUS = [bad for bad in SENDABLE if _is_a_detail(bad)]


@dataclass(frozen=True)
class Refused:
    """What became of the table."""

    lines: Mapping[str, Sequence[LogLine]]
    """By body, at the ingress."""

    letters: Mapping[str, DeadLetter]
    """By body, in the ingress's dead-letter queue."""


@pytest.fixture(scope="module")
def refused(scene: Scene) -> Refused:
    """Hand over the whole table by the ingress queue, and wait for its end."""
    door = QueueDoor(scene.stage.endpoint.sqs, scene.stage.deployed.ingress_queue_url)
    receipts = door.publish(Entry(bad.text, "", "", group=COMPANY) for bad in SENDABLE)
    bodies: dict[str, str] = {}
    for bad, receipt in zip(SENDABLE, receipts, strict=True):
        assert isinstance(receipt, Taken), bad
        bodies[receipt.aws_id] = bad.text
    scene.ledger.enter(AcceptedPublication(_publication(body), sqs_id) for sqs_id, body in bodies.items())

    def all_parked() -> dict[str, DeadLetter] | None:
        found = {letter.body: letter for letter in scene.ledger.letters_of(QUEUE_PROCESSOR)}
        return found if found.keys() >= set(bodies.values()) else None

    letters = scene.eventually(all_parked, what="the whole table in the ingress's dead-letter queue")

    def all_told() -> dict[str, list[LogLine]] | None:
        lines: dict[str, list[LogLine]] = {}
        for line in scene.ledger.lines():
            if line.sqs_message_id in bodies:
                lines.setdefault(bodies[line.sqs_message_id], []).append(line)
        return lines if len(lines) == len(bodies) else None

    return Refused(scene.eventually(all_told, what="an outcome for each of the table"), letters)


def _publication(body: str) -> Publication:
    return Publication(
        door=PublicationDoor.QUEUE, type="", body=body, company_id=COMPANY, id="", subject="", endings=()
    )


@pytest.mark.parametrize("bad", SENDABLE, ids=repr)
def test_it_has_one_outcome_and_lies_there_unchanged_with_its_reason(refused: Refused, bad: BadInput) -> None:
    (line,) = refused.lines[bad.text]

    assert (line.what, line.reason) == (Outcome.DEAD_LETTERED, bad.reason)
    letter = refused.letters[bad.text]
    assert letter.reason == bad.reason or not letter.attributes
    assert letter.attributes or len(bad.body) == LARGEST, "only where no attribute fits may the log alone say why"


@pytest.fixture(scope="module")
def refused_on_the_bus(scene: Scene) -> list[DeadLetter]:
    """Put on the bus what of it is a detail, and wait for the letters of the function that it is routed to."""
    door = BusDoor(scene.stage.endpoint.events, scene.stage.deployed.event_bus_name)
    entries = (Entry(bad.text, APPOINTMENT_REMINDER.name, "taly.backend") for bad in ON_THE_BUS)
    assert all(isinstance(receipt, Taken) for receipt in door.publish(entries))
    wanted = [json.loads(bad.text) for bad in ON_THE_BUS]

    def all_parked() -> list[DeadLetter] | None:
        letters = scene.ledger.letters_of(APPOINTMENT_REMINDER.name)
        bodies = [json.loads(letter.body) for letter in letters]
        return letters if all(each in bodies for each in wanted) else None

    return scene.eventually(all_parked, what="what was put on the bus in its function's dead-letter queue")


@pytest.mark.parametrize("bad", ON_THE_BUS, ids=repr)
def test_on_the_bus_its_function_refuses_it_for_the_same_reason(
    refused_on_the_bus: list[DeadLetter], bad: BadInput
) -> None:
    (letter,) = (each for each in refused_on_the_bus if json.loads(each.body) == json.loads(bad.text))

    assert letter.reason == letter.failure_history["reason"] == bad.reason


def test_dead_letter_keeps_ten_producer_attributes(scene: Scene) -> None:
    own = {f"own-{number}": f"✓ {number}" for number in range(10)}
    sent = scene.stage.endpoint.sqs.send_message(
        QueueUrl=scene.stage.deployed.ingress_queue_url,
        MessageBody="{ten attributes",
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in own.items()},
        MessageGroupId=COMPANY,
    )
    scene.ledger.enter([AcceptedPublication(_publication("{ten attributes"), sent["MessageId"])])

    letter = scene.letter(QUEUE_PROCESSOR, lambda letter: letter.body == "{ten attributes")

    assert letter.failure_history["producerAttributes"] == own
