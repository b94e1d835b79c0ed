"""The ingress puts valid messages on the bus, and dead-letters others with their reason."""

import json

import pytest

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.history import MessageHistory
from lambdas.common.ingress import Ingress
from lambdas.queue_processor.handler import handler as ingress
from schemas.message import AnyMessage
from schemas.names import INGRESS_SOURCE, SOURCE
from tests.fakes.function import FakeContext, World, redelivered, sqs_event, sqs_record
from tests.fakes.service import refusing, works
from tests.messages import COMPANY, booking, booking_payload, text

DERIVED = "3a1eab84-8017-588f-8042-ecb04368c56e"


def route(world: World, *bodies: str) -> list[str]:
    response = ingress.process(sqs_event(*bodies), FakeContext(), world.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_message_is_published_unchanged_with_its_derived_id(world: World) -> None:
    body = '\n {  "attempts": 2,' + text(booking(unknown=[1.50, "é"]))[1:].replace(', "attempts": 1', "")

    assert route(world, body) == []

    (entry,) = world.events.published
    assert entry["Detail"] == body.replace("{", '{"id":"' + DERIVED + '",', 1)
    assert json.loads(entry["Detail"])["attempts"] == 2
    assert entry["DetailType"] == "booking.created"
    assert entry["Source"] == INGRESS_SOURCE
    assert entry["EventBusName"] == "taly-bus"
    assert world.outcomes == ["routed"]
    assert world.lines[0]["id"] == DERIVED


def test_message_with_an_id_is_published_unchanged(world: World) -> None:
    body = text(booking(id="b-1", source="taly.backend"))

    route(world, body)

    (entry,) = world.events.published
    assert entry["Detail"] == body


@pytest.mark.parametrize("claimed", ["taly.backend", SOURCE])
def test_event_source_is_the_ingress_whatever_the_message_claims(world: World, claimed: str) -> None:
    route(world, text(booking(id="b-1", source=claimed)))

    (entry,) = world.events.published
    assert entry["Source"] == INGRESS_SOURCE
    assert json.loads(entry["Detail"])["source"] == claimed


def test_batch_is_published_in_one_call(world: World) -> None:
    route(world, *[text(booking(id=f"b-{number}")) for number in range(10)])

    assert len(world.events.calls) == 1


def test_invalid_message_is_dead_lettered_alone(world: World) -> None:
    bodies = ["{broken", text(booking(type="no.such")), text(booking(payload={"companyId": COMPANY})), text(booking())]

    assert route(world, *bodies) == []

    assert [dead_letter["MessageBody"] for dead_letter in world.letters] == bodies[:3]
    reasons = [dead_letter["MessageAttributes"]["reason"]["StringValue"] for dead_letter in world.letters]
    assert reasons == ["invalid_json", "unknown_type", "invalid_payload"]
    assert world.copies == []
    assert len(world.events.published) == 1


def test_refused_message_keeps_its_tenant_and_id(world: World) -> None:
    route(world, text(booking(payload={"companyId": COMPANY}, id="b-1")))

    assert world.letters[0]["MessageGroupId"] == COMPANY
    biography = json.loads(world.letters[0]["MessageAttributes"]["biography"]["StringValue"])
    assert (biography["id"], biography["type"], biography["reason"]) == ("b-1", "booking.created", "invalid_payload")
    assert world.lines[0]["id"] == "b-1"


def test_refused_message_leaves_no_value_in_log_or_history(world: World) -> None:
    customer = {"name": "Ada Lovelace", "email": "ada@nowhere", "phone": "0151 234567"}

    route(world, text(booking(payload=booking_payload(customer=customer))))

    texts = "".join(world.log) + world.letters[0]["MessageAttributes"]["biography"]["StringValue"]
    for secret in ("Ada", "nowhere", "0151"):
        assert secret not in texts


def test_refusing_bus_defers_messages_with_unchanged_attempts(world: World) -> None:
    world.events.refuse = refusing("ThrottlingException")
    body = text(booking(attempts=3))

    assert route(world, body) == []

    (copy,) = world.copies
    assert copy["MessageBody"] == body
    assert world.outcomes == ["deferred"]
    assert copy["MessageGroupId"] == COMPANY


def test_deferred_copy_is_routed_after_the_outage(world: World) -> None:
    world.events.refuse = refusing("ThrottlingException")
    route(world, text(booking()))
    world.events.refuse = works

    again = [redelivered(world.copies.pop())]
    ingress.process({"Records": again}, FakeContext(), world.runtime())

    assert world.outcomes == ["deferred", "routed"]


def test_message_too_large_for_the_bus_is_dead_lettered(world: World) -> None:
    body = text(booking(filler=""))
    body = text(booking(filler="x" * (1_048_576 - len(body.encode()))))  # SQS's maximum

    route(world, body)

    (dead_letter,) = world.letters
    assert dead_letter["MessageBody"] == body
    assert world.lines[0]["reason"] == "too_large"


def test_message_that_crashes_the_ingress_3_times_is_dead_lettered(world: World) -> None:
    alone = MessageHistory("2026-04-14T14:00:00.000Z", alone=True).to_json()
    attributes = {"history": {"stringValue": alone, "dataType": "String"}}
    record = sqs_record(text(booking(attempts=9)), receive_count=4, attributes=attributes)

    ingress.process({"Records": [record]}, FakeContext(), world.runtime())

    assert world.lines[0]["reason"] == "crashed"
    assert world.events.published == []


def test_ingress_ignores_the_attempts_of_a_message(world: World) -> None:
    ingress.process(sqs_event(text(booking(attempts=9))), FakeContext(), world.runtime())

    assert world.outcomes == ["routed"]


class Faulty(Ingress):
    """An ingress with a bug."""

    runs = 0

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        Faulty.runs += 1
        raise ZeroDivisionError


def test_ingress_bug_is_attempted_three_times(world: World) -> None:
    record = sqs_record(text(booking(attempts=5)))
    faulty = Faulty(ingress.decide)
    faulty.process({"Records": [record]}, FakeContext(), world.runtime())
    while world.copies and Faulty.runs < 10:
        record = redelivered(world.copies.pop())
        faulty.process({"Records": [record]}, FakeContext(), world.runtime())

    assert Faulty.runs == 3
    (dead_letter,) = world.letters
    assert json.loads(dead_letter["MessageBody"])["attempts"] == 5
    assert world.lines[-1]["reason"] == "attempts_exhausted"
