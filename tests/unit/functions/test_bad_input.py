"""The table of bad input at the handlers: one outcome and one reason each, and nothing fails its batch."""

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
    """A CRM in which every appointment stands as its reminder says."""

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        stands = appointment(id=appointment_id, companyId=company_id, startTime="2024-04-15T14:00:00Z")
        return Appointment.model_validate_json(text(stands))


@pytest.fixture
def world() -> World:
    late = Reminders((), lambda: NOW.replace(year=2024, day=1))
    return World(capabilities={Crm: StandingAppointments(), Reminders: late})


def at_the_ingress(world: World, *bodies: str) -> list[str]:
    """The records that are reported as failed."""
    response = ingress.process(sqs_event(*bodies), FakeContext(), world.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def at_its_function(world: World, *bodies: str) -> list[str]:
    response = handler.process(sqs_event(*bodies), FakeContext(), world.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def told(world: World) -> dict[str, tuple[str, str | None]]:
    """The outcome and reason of each record, by its SQS message id."""
    assert len({line["sqs_message_id"] for line in world.lines}) == len(world.lines)
    return {line["sqs_message_id"]: (line["outcome"], line.get("reason")) for line in world.lines}


@TABLE
def test_the_ingress_refuses_it_for_its_reason_unchanged_and_routes_its_neighbours(world: World, bad: BadInput) -> None:
    failed = at_the_ingress(world, GOOD, bad.text, GOOD.replace('"good"', '"good-too"'))

    assert failed == []
    assert told(world) == {
        "m-0": ("routed", None),
        "m-1": ("dead_lettered", bad.reason),
        "m-2": ("routed", None),
    }
    (letter,) = world.letters
    assert letter["MessageBody"] == bad.text
    assert world.copies == []


@TABLE
def test_its_function_refuses_it_for_the_same_reason_or_survives_it(world: World, bad: BadInput) -> None:
    failed = at_its_function(world, GOOD, bad.text)

    assert failed == []
    good_end, bad_end = told(world)["m-0"], told(world)["m-1"]
    assert good_end == ("succeeded", None)
    if bad.beyond_the_contract and not world.letters:
        assert bad_end == ("succeeded", None)
    else:
        assert bad_end == ("dead_lettered", bad.reason)
        assert [letter["MessageBody"] for letter in world.letters] == [bad.text]


@UNSENDABLE
def test_what_sqs_would_not_take_costs_its_neighbours_nothing_and_stays_on_the_queue(
    world: World, bad: BadInput
) -> None:
    failed = at_the_ingress(world, GOOD, bad.text) if bad.body else at_the_ingress(world, GOOD)

    assert told(world)["m-0"] == ("routed", None)
    assert failed == (["m-1"] if bad.body else []), "a dead letter that SQS does not take is not lost but left"


def test_a_whole_table_in_batches_of_ten_has_one_outcome_each() -> None:
    sendable = [each.text for each in bad_inputs() if each.is_sendable and len(each.body) < LARGEST // 10]
    worlds = [World() for _ in range(0, len(sendable), 10)]

    for index, world in enumerate(worlds):
        assert at_the_ingress(world, *sendable[index * 10 : index * 10 + 10]) == []

    assert sum(len(told(world)) for world in worlds) == len(sendable)
    assert [letter["MessageBody"] for world in worlds for letter in world.letters] == sendable


def test_the_contracts_own_example_is_valid_and_an_integer_may_be_written_with_a_fraction(world: World) -> None:
    body = json.dumps(good(id="one")).replace('"attempts": 1', '"attempts": 1.0')

    at_the_ingress(world, json.dumps(good()), body)

    assert set(told(world).values()) == {("routed", None)}


def test_a_largest_body_that_is_no_json_has_its_reason_in_the_log_where_no_attribute_fits(world: World) -> None:
    at_the_ingress(world, "x" * LARGEST)

    (letter,) = world.letters
    assert "MessageAttributes" not in letter
    assert world.lines[0]["reason"] == Reason.INVALID_JSON


def test_unknown_fields_are_kept_through_ingress_retry_and_dead_letter(world: World) -> None:
    class Down:
        def appointment(self, _appointment_id: str, *, company_id: str) -> Appointment:
            raise ConnectionError(company_id)

    world.capabilities[Crm] = Down()
    unknown = {"trace": {"span": [1.5, None, "日本"]}, "payload": good()["payload"] | {"room": "é"}}
    at_the_ingress(world, json.dumps(good(id="kept", **unknown)))

    record = sqs_record(world.events.published[0]["Detail"])
    handler.process({"Records": [record]}, FakeContext(), world.runtime())
    while world.copies:
        handler.process({"Records": [redelivered(world.copies.pop())]}, FakeContext(), world.runtime())

    (letter,) = world.letters
    assert json.loads(letter["MessageBody"]) == good(id="kept", **unknown) | {"attempts": 3}
    assert world.lines[-1]["reason"] == Reason.ATTEMPTS_EXHAUSTED


def test_a_producer_that_uses_all_ten_attributes_gets_its_dead_letter_with_all_of_them(world: World) -> None:
    own: dict[str, Any] = {f"own-{number}": {"stringValue": "✓" * 50, "dataType": "String"} for number in range(10)}

    ingress.process({"Records": [sqs_record("{", attributes=own)]}, FakeContext(), world.runtime())

    (letter,) = world.letters
    biography = json.loads(letter["MessageAttributes"]["biography"]["StringValue"])
    assert biography["producerAttributes"] == {f"own-{number}": "✓" * 50 for number in range(10)}
    assert len(letter["MessageAttributes"]) == 3
