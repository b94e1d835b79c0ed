"""A redriven message keeps its failure history and has all its attempts again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lambdas.common.batch.delivery import Delivery, SqsRecord
from lambdas.common.errors import NotDeliveredError, RetryableError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, reaction
from lambdas.queue_processor.handler import handler as ingress
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_record
from tests.messages import COMPANY


class Task(Payload):
    """A task."""


TASK = EventType("test.task", Task, Kind.REACTION)


class Mood:
    """Whether the other side is well."""

    is_well = False


@pytest.fixture
def mood() -> Mood:
    return Mood()


@pytest.fixture
def handler(mood: Mood) -> Handler[Task]:
    @reaction(TASK)
    def handle(_task: Message[Task]) -> Iterator[FollowUp]:
        if not mood.is_well:
            raise RetryableError("not now")
        yield from ()

    return handle


def task(attempts: int = 1) -> str:
    fields = {"id": "task-1", "type": "test.task", "timestamp": "2026-04-14T13:59:00Z", "attempts": attempts}
    return json.dumps({**fields, "payload": {"companyId": COMPANY}})


def run(handler: Handler[Task], harness: FunctionHarness, record: SqsRecord) -> None:
    handler.process({"Records": [record]}, FakeContext(), harness.runtime())


def dead_lettered(handler: Handler[Task], harness: FunctionHarness, record: SqsRecord) -> dict[str, Any]:
    """Run a record until it is dead-lettered."""
    letters = len(harness.dead_letters)
    run(handler, harness, record)
    while len(harness.dead_letters) == letters:
        run(handler, harness, redelivered(harness.copies.pop()))
    return harness.dead_letters[-1]


def biography(dead_letter: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(dead_letter["MessageAttributes"]["biography"]["StringValue"]))


def with_attempts(dead_letter: dict[str, Any], attempts: int) -> SqsRecord:
    """As a redrive that resets the attempts sends it: all attributes as they were."""
    return redelivered(
        {**dead_letter, "MessageBody": json.dumps(json.loads(dead_letter["MessageBody"]) | {"attempts": attempts})}
    )


def test_a_redriven_message_has_all_tries_at_its_receiver_again(harness: FunctionHarness) -> None:
    delays = (timedelta(seconds=5), timedelta(minutes=5))
    tries: list[str] = []

    @reaction(EventType("test.task", Task, Kind.REACTION, delivery_delays=delays))
    def deliver(task: Message[Task]) -> Iterator[FollowUp]:
        tries.append(task.id)
        if tries:
            raise NotDeliveredError("the receiver answered 503")
        yield from ()

    first = dead_lettered(deliver, harness, sqs_record(task()))
    harness.now += timedelta(days=1)
    second = dead_lettered(deliver, harness, redelivered(first))

    assert tries == ["task-1"] * 6
    assert [each["MessageAttributes"]["reason"]["StringValue"] for each in (first, second)] == ["unavailable"] * 2
    assert (biography(first)["redriven"], biography(second)["redriven"]) == (0, 1)


def test_a_redriven_message_has_all_attempts_and_keeps_its_history(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    first = dead_lettered(handler, harness, sqs_record(task()))
    harness.now += timedelta(days=1)

    second = dead_lettered(handler, harness, with_attempts(first, 1))

    assert [attempt["attempt"] for attempt in biography(second)["attempts"]] == [1, 2, 3, 1, 2, 3]
    assert biography(second)["firstEnqueuedAt"] == biography(first)["firstEnqueuedAt"]
    assert (biography(first)["redriven"], biography(second)["redriven"]) == (0, 1)


def test_sqs_own_redrive_gives_one_attempt(handler: Handler[Task], harness: FunctionHarness) -> None:
    first = dead_lettered(handler, harness, sqs_record(task()))

    run(handler, harness, redelivered(first))

    assert len(harness.dead_letters) == 2
    assert biography(harness.dead_letters[1])["redriven"] == 1


def test_redrives_are_counted(handler: Handler[Task], harness: FunctionHarness) -> None:
    dead_letter = dead_lettered(handler, harness, sqs_record(task()))
    for _ in range(3):
        dead_letter = dead_lettered(handler, harness, with_attempts(dead_letter, 1))

    assert biography(dead_letter)["redriven"] == 3
    assert harness.lines[-1]["redriven"] == 3


def test_a_redriven_message_gives_no_latency_sample(
    handler: Handler[Task], harness: FunctionHarness, mood: Mood
) -> None:
    dead_letter = dead_lettered(handler, harness, sqs_record(task()))
    mood.is_well, harness.now = True, harness.now + timedelta(days=3)
    harness.log.clear()

    run(handler, harness, with_attempts(dead_letter, 1))

    assert harness.outcomes == ["succeeded"]
    assert "Latency" not in harness.metrics[0]
    assert harness.metrics[0]["Failure"] == [0]


def test_a_retry_after_a_redrive_gives_no_latency_sample(
    handler: Handler[Task], harness: FunctionHarness, mood: Mood
) -> None:
    dead_letter = dead_lettered(handler, harness, sqs_record(task()))
    run(handler, harness, with_attempts(dead_letter, 1))
    mood.is_well = True
    harness.log.clear()

    run(handler, harness, redelivered(harness.copies.pop()))

    assert harness.outcomes == ["succeeded"]
    assert "Latency" not in harness.metrics[0]


def test_the_latency_of_a_new_message_counts_from_its_timestamp(
    handler: Handler[Task], harness: FunctionHarness, mood: Mood
) -> None:
    mood.is_well = True

    run(handler, harness, sqs_record(task()))

    assert 60_000 <= harness.metrics[0]["Latency"][0] < 61_000


def test_the_ingress_gives_a_redriven_message_all_attempts() -> None:
    history = {
        "firstEnqueuedAt": "2026-04-14T14:00:00.000Z",
        "attempts": [{"attempt": 1, "error": "E", "message": "m"}] * 3,
    }
    delivery = Delivery(sqs_record(task(), attributes=attributes(biography=json.dumps(history))))

    assert ingress.first_attempt(None, len(delivery.history.attempts)) == 1  # type: ignore[arg-type]  # the message plays no part
    assert len(delivery.history.earlier) == 3


def test_a_redriven_message_without_a_biography_is_recognised() -> None:
    delivery = Delivery(sqs_record(task(), attributes=attributes()))

    assert (delivery.history.redriven, delivery.history.earlier) == (1, ())
    assert delivery.history.producer_attributes == {}


@pytest.mark.parametrize(
    "history",
    [
        "",
        "no",
        "[]",
        "{}",
        '{"firstEnqueuedAt": 7}',
        '{"firstEnqueuedAt": "x", "redriven": "often"}',
        '{"firstEnqueuedAt": "x", "redriven": -1}',
        '{"firstEnqueuedAt": "x", "attempts": [1]}',
        '{"firstEnqueuedAt": "x", "attempts": {}}',
        '{"firstEnqueuedAt": "x", "producerAttributes": {"a": 1}}',
        "[" * 100_000,
    ],
)
def test_an_attribute_that_is_no_biography_is_the_producers(history: str) -> None:
    given = attributes(biography=history)

    delivery = Delivery(sqs_record(task(), attributes=given))

    assert delivery.history.redriven == 0
    assert delivery.history.producer_attributes == {name: value["stringValue"] for name, value in given.items()}


def test_the_producers_attributes_come_back_to_them() -> None:
    history = {"firstEnqueuedAt": "2026-04-14T14:00:00.000Z", "producerAttributes": {"trace-id": "1-2"}}

    delivery = Delivery(sqs_record(task(), attributes=attributes(biography=json.dumps(history))))

    assert delivery.history.producer_attributes == {"trace-id": "1-2"}


def attributes(**more: str) -> dict[str, dict[str, str]]:
    """A dead letter's attributes, as Lambda's event has them."""
    given = {"reason": "permanent", "fingerprint": "c83d68dfbef7", **more}
    return {name: {"stringValue": value, "dataType": "String"} for name, value in given.items()}
