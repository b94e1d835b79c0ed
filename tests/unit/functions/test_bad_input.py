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
from tests.fakes.function import NOW, FakeContext, FunctionHarness, redelivered, sqs_event, sqs_record
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
def harness() -> FunctionHarness:
    before = NOW.replace(year=2024)
    return FunctionHarness(
        now=before, capabilities={Crm: StandingAppointments(), Reminders: Reminders((), lambda: before)}
    )


def run_ingress(harness: FunctionHarness, *bodies: str) -> list[str]:
    """Return the records that are reported as failed."""
    response = ingress.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def run_function(harness: FunctionHarness, *bodies: str) -> list[str]:
    response = handler.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def results(harness: FunctionHarness) -> dict[str, tuple[str, str | None]]:
    """The outcome and reason of each record, by its SQS message id."""
    assert len({line["sqs_message_id"] for line in harness.lines}) == len(harness.lines)
    return {line["sqs_message_id"]: (line["outcome"], line.get("reason")) for line in harness.lines}


@TABLE
def test_ingress_dead_letters_bad_input_and_routes_the_rest(harness: FunctionHarness, bad: BadInput) -> None:
    failed = run_ingress(harness, GOOD, bad.text, GOOD.replace('"good"', '"good-too"'))

    assert failed == []
    assert results(harness) == {
        "m-0": ("routed", None),
        "m-1": ("dead_lettered", bad.reason),
        "m-2": ("routed", None),
    }
    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == bad.text
    assert harness.copies == []


@TABLE
def test_function_dead_letters_bad_input_or_survives_it(harness: FunctionHarness, bad: BadInput) -> None:
    failed = run_function(harness, GOOD, bad.text)

    assert failed == []
    good_result, bad_result = results(harness)["m-0"], results(harness)["m-1"]
    assert good_result == ("succeeded", None)
    if bad.beyond_the_contract and not harness.dead_letters:
        assert bad_result == ("succeeded", None)
    else:
        assert bad_result == ("dead_lettered", bad.reason)
        assert [dead_letter["MessageBody"] for dead_letter in harness.dead_letters] == [bad.text]


@UNSENDABLE
def test_unsendable_dead_letter_stays_on_the_queue_alone(harness: FunctionHarness, bad: BadInput) -> None:
    failed = run_ingress(harness, GOOD, bad.text) if bad.body else run_ingress(harness, GOOD)

    assert results(harness)["m-0"] == ("routed", None)
    assert failed == (["m-1"] if bad.body else []), "a dead letter that SQS refuses must stay on the queue"


def test_bad_inputs_in_batches_of_ten_have_one_outcome_each() -> None:
    sendable = [each.text for each in bad_inputs() if each.is_sendable and len(each.body) < LARGEST // 10]
    harnesses = [FunctionHarness() for _ in range(0, len(sendable), 10)]

    for index, harness in enumerate(harnesses):
        assert run_ingress(harness, *sendable[index * 10 : index * 10 + 10]) == []

    assert sum(len(results(harness)) for harness in harnesses) == len(sendable)
    assert [dead_letter["MessageBody"] for harness in harnesses for dead_letter in harness.dead_letters] == sendable


def test_contract_example_is_valid_and_1_0_is_an_integer(harness: FunctionHarness) -> None:
    body = json.dumps(good(id="one")).replace('"attempts": 1', '"attempts": 1.0')

    run_ingress(harness, json.dumps(good()), body)

    assert set(results(harness).values()) == {("routed", None)}


def test_largest_invalid_body_has_its_reason_in_the_log_alone(harness: FunctionHarness) -> None:
    run_ingress(harness, "x" * LARGEST)

    (dead_letter,) = harness.dead_letters
    assert "MessageAttributes" not in dead_letter
    assert harness.lines[0]["reason"] == Reason.INVALID_JSON


def test_unknown_fields_survive_ingress_retry_and_dead_lettering(harness: FunctionHarness) -> None:
    class Down:
        def appointment(self, _appointment_id: str, *, company_id: str) -> Appointment:
            raise ConnectionError(company_id)

    harness.capabilities[Crm] = Down()
    unknown = {"trace": {"span": [1.5, None, "日本"]}, "payload": good()["payload"] | {"room": "é"}}
    run_ingress(harness, json.dumps(good(id="kept", **unknown)))

    record = sqs_record(harness.events.published[0]["Detail"])
    handler.process({"Records": [record]}, FakeContext(), harness.runtime())
    while harness.copies:
        handler.process({"Records": [redelivered(harness.copies.pop())]}, FakeContext(), harness.runtime())

    (dead_letter,) = harness.dead_letters
    assert json.loads(dead_letter["MessageBody"]) == good(id="kept", **unknown) | {"attempts": 3}
    assert harness.lines[-1]["reason"] == Reason.ATTEMPTS_EXHAUSTED


def test_dead_letter_keeps_ten_producer_attributes(harness: FunctionHarness) -> None:
    own: dict[str, Any] = {f"own-{number}": {"stringValue": "✓" * 50, "dataType": "String"} for number in range(10)}

    ingress.process({"Records": [sqs_record("{", attributes=own)]}, FakeContext(), harness.runtime())

    (dead_letter,) = harness.dead_letters
    biography = json.loads(dead_letter["MessageAttributes"]["biography"]["StringValue"])
    assert biography["producerAttributes"] == {f"own-{number}": "✓" * 50 for number in range(10)}
    assert len(dead_letter["MessageAttributes"]) == 3
