"""The ingress puts valid messages on the bus, and dead-letters others with their reason."""

import json

import pytest

from lambdas.common.batch.decision import DoneDecision
from lambdas.queue_processor.handler import handler as ingress
from lambdas.queue_processor.ingress import IngressHandler
from schemas.message import AnyMessage
from schemas.names import INGRESS_SOURCE, SOURCE
from tests.fakes.function import FakeContext, FunctionHarness, begun, redelivered, sqs_event, sqs_record
from tests.fakes.service import refusing, works
from tests.messages import COMPANY, booking, booking_payload, text

DERIVED = "3a1eab84-8017-588f-8042-ecb04368c56e"


def route(harness: FunctionHarness, *bodies: str) -> list[str]:
    response = ingress.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_message_is_published_unchanged_with_its_derived_id(harness: FunctionHarness) -> None:
    body = '\n {  "attempts": 2,' + text(booking(unknown=[1.50, "é"]))[1:].replace(', "attempts": 1', "")

    assert route(harness, body) == []

    (entry,) = harness.events.published
    assert entry["Detail"] == body.replace("{", '{"id":"' + DERIVED + '",', 1)
    assert json.loads(entry["Detail"])["attempts"] == 2
    assert entry["DetailType"] == "booking.created"
    assert entry["Source"] == INGRESS_SOURCE
    assert entry["EventBusName"] == "taly-bus"
    assert harness.outcomes == ["routed"]
    assert harness.lines[0]["id"] == DERIVED


def test_message_with_an_id_is_published_unchanged(harness: FunctionHarness) -> None:
    body = text(booking(id="b-1", source="taly.backend"))

    route(harness, body)

    (entry,) = harness.events.published
    assert entry["Detail"] == body


@pytest.mark.parametrize("claimed", ["taly.backend", SOURCE])
def test_event_source_is_the_ingress_whatever_the_message_claims(harness: FunctionHarness, claimed: str) -> None:
    route(harness, text(booking(id="b-1", source=claimed)))

    (entry,) = harness.events.published
    assert entry["Source"] == INGRESS_SOURCE
    assert json.loads(entry["Detail"])["source"] == claimed


def test_batch_is_published_in_one_call(harness: FunctionHarness) -> None:
    route(harness, *[text(booking(id=f"b-{number}")) for number in range(10)])

    assert len(harness.events.calls) == 1


def test_invalid_message_is_dead_lettered_alone(harness: FunctionHarness) -> None:
    bodies = ["{broken", text(booking(type="no.such")), text(booking(payload={"companyId": COMPANY})), text(booking())]

    assert route(harness, *bodies) == []

    assert [dead_letter["MessageBody"] for dead_letter in harness.dead_letters] == bodies[:3]
    reasons = [dead_letter["MessageAttributes"]["reason"]["StringValue"] for dead_letter in harness.dead_letters]
    assert reasons == ["invalid_json", "unknown_type", "invalid_payload"]
    assert harness.copies == []
    assert len(harness.events.published) == 1


def test_refused_message_keeps_its_tenant_and_id(harness: FunctionHarness) -> None:
    route(harness, text(booking(payload={"companyId": COMPANY}, id="b-1")))

    assert harness.dead_letters[0]["MessageGroupId"] == COMPANY
    biography = json.loads(harness.dead_letters[0]["MessageAttributes"]["biography"]["StringValue"])
    assert (biography["id"], biography["type"], biography["reason"]) == ("b-1", "booking.created", "invalid_payload")
    assert harness.lines[0]["id"] == "b-1"


def test_refused_message_leaves_no_value_in_log_or_history(harness: FunctionHarness) -> None:
    customer = {"name": "Ada Lovelace", "email": "ada@nowhere", "phone": "0151 234567"}

    route(harness, text(booking(payload=booking_payload(customer=customer))))

    texts = "".join(harness.log) + harness.dead_letters[0]["MessageAttributes"]["biography"]["StringValue"]
    for secret in ("Ada", "nowhere", "0151"):
        assert secret not in texts


def test_refusing_bus_defers_messages_with_unchanged_attempts(harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")
    body = text(booking(attempts=3))

    assert route(harness, body) == []

    (copy,) = harness.copies
    assert copy["MessageBody"] == body
    assert harness.outcomes == ["deferred"]
    assert copy["MessageGroupId"] == COMPANY


def test_deferred_copy_is_routed_after_the_outage(harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")
    route(harness, text(booking()))
    harness.events.refuse = works

    ingress.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["deferred", "routed"]


def test_message_too_large_for_the_bus_is_dead_lettered(harness: FunctionHarness) -> None:
    body = text(booking(filler=""))
    body = text(booking(filler="x" * (1_048_576 - len(body.encode()))))  # SQS's maximum

    route(harness, body)

    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == body
    assert harness.lines[0]["reason"] == "too_large"


def test_message_that_crashes_the_ingress_3_times_is_dead_lettered(harness: FunctionHarness) -> None:
    begun(harness, "queue_processor", "m-1", times=3)
    record = sqs_record(text(booking(attempts=9)), receive_count=5)

    ingress.process({"Records": [record]}, FakeContext(), harness.runtime())

    assert harness.lines[0]["reason"] == "crashed"
    assert harness.events.published == []


def test_ingress_ignores_the_attempts_of_a_message(harness: FunctionHarness) -> None:
    ingress.process(sqs_event(text(booking(attempts=9))), FakeContext(), harness.runtime())

    assert harness.outcomes == ["routed"]


class Faulty(IngressHandler):
    """An ingress with a bug."""

    runs = 0

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        Faulty.runs += 1
        raise ZeroDivisionError


def test_ingress_bug_is_attempted_three_times(harness: FunctionHarness) -> None:
    record = sqs_record(text(booking(attempts=5)))
    faulty = Faulty(ingress.decide)
    faulty.process({"Records": [record]}, FakeContext(), harness.runtime())
    while harness.copies and Faulty.runs < 10:
        record = redelivered(harness.copies.pop())
        faulty.process({"Records": [record]}, FakeContext(), harness.runtime())

    assert Faulty.runs == 3
    (dead_letter,) = harness.dead_letters
    assert json.loads(dead_letter["MessageBody"])["attempts"] == 5
    assert harness.lines[-1]["reason"] == "attempts_exhausted"
