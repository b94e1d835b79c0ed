"""The table of bad input at the handlers: each has one outcome and one reason, and none fails its batch."""

import json
from typing import Any

import pytest

from lambdas.appointment_reminder.handler import handler
from lambdas.common.clients.crm import Crm
from lambdas.common.reminders import Reminders
from lambdas.queue_processor.handler import handler as ingress
from schemas.crm import Appointment
from schemas.reasons import Reason
from tests.bad_input import LARGEST, BadInput, bad_inputs, good
from tests.fakes.function import NOW, FakeContext, World, redelivered, sqs_event, sqs_record
from tests.messages import appointment, text

TABLE = pytest.mark.parametrize("bad", [each for each in bad_inputs() if each.is_sendable], ids=repr)
UNSENDABLE = pytest.mark.parametrize("bad", [each for each in bad_inputs() if not each.is_sendable], ids=repr)
GOOD = json.dumps(good(99, id="good"))


class StandingAppointments:
    """A CRM in which every appointment is as its reminder states."""

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        unchanged = appointment(id=appointment_id, companyId=company_id, startTime="2024-04-15T14:00:00Z")
        return Appointment.model_validate_json(text(unchanged))


@pytest.fixture
def world() -> World:
    late = Reminders((), lambda: NOW.replace(year=2024, day=1))
    return World(capabilities={Crm: StandingAppointments(), Reminders: late})


def run_ingress(world: World, *bodies: str) -> list[str]:
    """Return the records that are reported as failed."""
    response = ingress.process(sqs_event(*bodies), FakeContext(), world.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def run_function(world: World, *bodies: str) -> list[str]:
    response = handler.process(sqs_event(*bodies), FakeContext(), world.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def results(world: World) -> dict[str, tuple[str, str | None]]:
    """The outcome and reason of each record, by its SQS message id."""
    assert len({line["sqs_message_id"] for line in world.lines}) == len(world.lines)
    return {line["sqs_message_id"]: (line["outcome"], line.get("reason")) for line in world.lines}


@TABLE
def test_ingress_dead_letters_bad_input_and_routes_the_rest(world: World, bad: BadInput) -> None:
    failed = run_ingress(world, GOOD, bad.text, GOOD.replace('"good"', '"good-too"'))

    assert failed == []
    assert results(world) == {
        "m-0": ("routed", None),
        "m-1": ("dead_lettered", bad.reason),
        "m-2": ("routed", None),
    }
    (dead_letter,) = world.letters
    assert dead_letter["MessageBody"] == bad.text
    assert world.copies == []


@TABLE
def test_function_dead_letters_bad_input_or_survives_it(world: World, bad: BadInput) -> None:
    failed = run_function(world, GOOD, bad.text)

    assert failed == []
    good_result, bad_result = results(world)["m-0"], results(world)["m-1"]
    assert good_result == ("succeeded", None)
    if bad.beyond_the_contract and not world.letters:
        assert bad_result == ("succeeded", None)
    else:
        assert bad_result == ("dead_lettered", bad.reason)
        assert [dead_letter["MessageBody"] for dead_letter in world.letters] == [bad.text]


@UNSENDABLE
def test_unsendable_dead_letter_stays_on_the_queue_alone(world: World, bad: BadInput) -> None:
    failed = run_ingress(world, GOOD, bad.text) if bad.body else run_ingress(world, GOOD)

    assert results(world)["m-0"] == ("routed", None)
    assert failed == (["m-1"] if bad.body else []), "a dead letter that SQS refuses must stay on the queue"


def test_bad_inputs_in_batches_of_ten_have_one_outcome_each() -> None:
    sendable = [each.text for each in bad_inputs() if each.is_sendable and len(each.body) < LARGEST // 10]
    worlds = [World() for _ in range(0, len(sendable), 10)]

    for index, world in enumerate(worlds):
        assert run_ingress(world, *sendable[index * 10 : index * 10 + 10]) == []

    assert sum(len(results(world)) for world in worlds) == len(sendable)
    assert [dead_letter["MessageBody"] for world in worlds for dead_letter in world.letters] == sendable


def test_contract_example_is_valid_and_1_0_is_an_integer(world: World) -> None:
    body = json.dumps(good(id="one")).replace('"attempts": 1', '"attempts": 1.0')

    run_ingress(world, json.dumps(good()), body)

    assert set(results(world).values()) == {("routed", None)}


def test_largest_invalid_body_has_its_reason_in_the_log_alone(world: World) -> None:
    run_ingress(world, "x" * LARGEST)

    (dead_letter,) = world.letters
    assert "MessageAttributes" not in dead_letter
    assert world.lines[0]["reason"] == Reason.INVALID_JSON


def test_unknown_fields_survive_ingress_retry_and_dead_lettering(world: World) -> None:
    class Down:
        def appointment(self, _appointment_id: str, *, company_id: str) -> Appointment:
            raise ConnectionError(company_id)

    world.capabilities[Crm] = Down()
    unknown = {"trace": {"span": [1.5, None, "日本"]}, "payload": good()["payload"] | {"room": "é"}}
    run_ingress(world, json.dumps(good(id="kept", **unknown)))

    record = sqs_record(world.events.published[0]["Detail"])
    handler.process({"Records": [record]}, FakeContext(), world.runtime())
    while world.copies:
        handler.process({"Records": [redelivered(world.copies.pop())]}, FakeContext(), world.runtime())

    (dead_letter,) = world.letters
    assert json.loads(dead_letter["MessageBody"]) == good(id="kept", **unknown) | {"attempts": 3}
    assert world.lines[-1]["reason"] == Reason.ATTEMPTS_EXHAUSTED


def test_dead_letter_keeps_ten_producer_attributes(world: World) -> None:
    own: dict[str, Any] = {f"own-{number}": {"stringValue": "✓" * 50, "dataType": "String"} for number in range(10)}

    ingress.process({"Records": [sqs_record("{", attributes=own)]}, FakeContext(), world.runtime())

    (dead_letter,) = world.letters
    biography = json.loads(dead_letter["MessageAttributes"]["biography"]["StringValue"])
    assert biography["producerAttributes"] == {f"own-{number}": "✓" * 50 for number in range(10)}
    assert len(dead_letter["MessageAttributes"]) == 3
