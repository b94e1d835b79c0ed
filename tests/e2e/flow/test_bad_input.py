"""The table of bad input through the deployed system: what AWS accepts is dead-lettered unchanged."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from local.traffic.publication import Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication
from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.log_lines import LogLine
from publishing.doors import Accepted as AcceptedReceipt
from publishing.doors import BusDoor, Entry, QueueDoor
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome, Reason
from tests.bad_input import COMPANY, LARGEST, BadInput, bad_inputs
from tests.e2e.scene import Scene

SENDABLE = [bad for bad in bad_inputs() if bad.is_sendable]


def _is_a_detail(bad: BadInput) -> bool:
    """Whether EventBridge accepts the input: a JSON object of less than 1 MiB with any content (PutEvents)."""
    if bad.reason in {Reason.INVALID_JSON, Reason.TOO_LARGE, Reason.UNKNOWN_TYPE}:
        return False
    return isinstance(json.loads(bad.text), dict)


ON_THE_BUS = [bad for bad in SENDABLE if _is_a_detail(bad)]


@dataclass(frozen=True)
class RefusedTable:
    """The outcomes and dead letters of the table."""

    lines: Mapping[str, Sequence[LogLine]]
    """The ingress's outcome lines, by body."""

    dead_letters: Mapping[str, DeadLetter]
    """The ingress's dead letters, by body."""


@pytest.fixture(scope="module")
def refused(scene: Scene) -> RefusedTable:
    """Send the whole table to the ingress queue, and wait for outcomes and dead letters."""
    door = QueueDoor(scene.stage.endpoint.sqs, scene.stage.deployed.ingress_queue_url)
    receipts = door.publish(Entry(bad.text, "", "", group=COMPANY) for bad in SENDABLE)
    bodies: dict[str, str] = {}
    for bad, receipt in zip(SENDABLE, receipts, strict=True):
        assert isinstance(receipt, AcceptedReceipt), bad
        bodies[receipt.aws_id] = bad.text
    scene.records.add(AcceptedPublication(_publication(body), sqs_id) for sqs_id, body in bodies.items())

    def all_dead_lettered() -> dict[str, DeadLetter] | None:
        found = {dead_letter.body: dead_letter for dead_letter in scene.records.dead_letters_of(QUEUE_PROCESSOR)}
        return found if found.keys() >= set(bodies.values()) else None

    dead_letters = scene.eventually(all_dead_lettered, what="the whole table in the ingress's dead-letter queue")

    def all_logged() -> dict[str, list[LogLine]] | None:
        lines: dict[str, list[LogLine]] = {}
        for line in scene.records.lines():
            if line.sqs_message_id in bodies:
                lines.setdefault(bodies[line.sqs_message_id], []).append(line)
        return lines if len(lines) == len(bodies) else None

    return RefusedTable(scene.eventually(all_logged, what="an outcome for each of the table"), dead_letters)


def _publication(body: str) -> Publication:
    return Publication(
        door=PublicationDoor.QUEUE, type="", body=body, company_id=COMPANY, id="", subject="", outcomes=()
    )


@pytest.mark.parametrize("bad", SENDABLE, ids=repr)
def test_bad_input_is_dead_lettered_unchanged_with_its_reason(refused: RefusedTable, bad: BadInput) -> None:
    (line,) = refused.lines[bad.text]

    assert (line.what, line.reason) == (Outcome.DEAD_LETTERED, bad.reason)
    dead_letter = refused.dead_letters[bad.text]
    assert dead_letter.reason == bad.reason or not dead_letter.attributes
    assert dead_letter.attributes or len(bad.body) == LARGEST, "the reason may be only in the log if no attribute fits"


@pytest.fixture(scope="module")
def refused_on_the_bus(scene: Scene) -> list[DeadLetter]:
    """Put the valid details of the table on the bus, and wait for the function's dead letters."""
    door = BusDoor(scene.stage.endpoint.events, scene.stage.deployed.event_bus_name)
    entries = (Entry(bad.text, APPOINTMENT_REMINDER.name, "taly.backend") for bad in ON_THE_BUS)
    assert all(isinstance(receipt, AcceptedReceipt) for receipt in door.publish(entries))
    expected = [json.loads(bad.text) for bad in ON_THE_BUS]

    def all_dead_lettered() -> list[DeadLetter] | None:
        dead_letters = scene.records.dead_letters_of(APPOINTMENT_REMINDER.name)
        bodies = [json.loads(dead_letter.body) for dead_letter in dead_letters]
        return dead_letters if all(each in bodies for each in expected) else None

    return scene.eventually(all_dead_lettered, what="what was put on the bus in its function's dead-letter queue")


@pytest.mark.parametrize("bad", ON_THE_BUS, ids=repr)
def test_bad_input_on_the_bus_is_refused_for_the_same_reason(
    refused_on_the_bus: list[DeadLetter], bad: BadInput
) -> None:
    (dead_letter,) = (each for each in refused_on_the_bus if json.loads(each.body) == json.loads(bad.text))

    assert dead_letter.reason == dead_letter.failure_history["reason"] == bad.reason


def test_a_dead_letter_keeps_all_ten_attributes_of_its_producer(scene: Scene) -> None:
    attributes = {f"attribute-{number}": f"✓ {number}" for number in range(10)}
    sent = scene.stage.endpoint.sqs.send_message(
        QueueUrl=scene.stage.deployed.ingress_queue_url,
        MessageBody="{ten attributes",
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
        MessageGroupId=COMPANY,
    )
    scene.records.add([AcceptedPublication(_publication("{ten attributes"), sent["MessageId"])])

    dead_letter = scene.dead_letter(QUEUE_PROCESSOR, lambda found: found.body == "{ten attributes")

    assert dead_letter.failure_history["producerAttributes"] == attributes
