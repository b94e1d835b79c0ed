"""A wait longer than SQS's delay: the copy is deferred until it is due, and then runs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lambdas.common.batch.history import MessageHistory
from lambdas.common.errors import RetryableError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, reaction
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import NOW, FakeContext, FunctionHarness, redelivered, sqs_event, sqs_record
from tests.messages import COMPANY

TASK = EventType("test.task", Payload, Kind.REACTION)
TWO_HOURS = 7_200

BODY = json.dumps(
    {"type": "test.task", "payload": {"companyId": COMPANY}, "timestamp": "2026-04-14T13:59:00Z", "attempts": 1}
    | {"id": "task-1", "unknown": {"kept": "é"}}
)


class Busy:
    """The other side, which asks for two hours the first time."""

    def __init__(self) -> None:
        self.asked = 0


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def handler(busy: Busy) -> Handler[Payload]:
    @reaction(TASK)
    def handle(_task: Message[Payload]) -> Iterator[FollowUp]:
        busy.asked += 1
        if busy.asked == 1:
            raise RetryableError("busy", retry_after=TWO_HOURS)
        yield from ()

    return handle


def history(entry: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(entry["MessageAttributes"]["history"]["StringValue"]))


def go_round(handler: Handler[Payload], harness: FunctionHarness) -> list[int]:
    """Deliver each copy after its delay until none comes back; gives the delays in seconds."""
    delays: list[int] = []
    while harness.copies and len(delays) < 100:
        copy = harness.copies.pop()
        delays.append(copy.get("DelaySeconds", 0))
        harness.now += timedelta(seconds=delays[-1])
        handler.process({"Records": [redelivered(copy)]}, FakeContext(), harness.runtime())
    return delays


def test_a_message_waits_two_hours_and_then_runs_once(
    handler: Handler[Payload], harness: FunctionHarness, busy: Busy
) -> None:
    handler.process(sqs_event(BODY), FakeContext(), harness.runtime())

    delays = go_round(handler, harness)

    assert busy.asked == 2
    assert sum(delays) == pytest.approx(TWO_HOURS, abs=2)
    assert max(delays) == 900
    assert harness.outcomes == ["retrying", *["deferred"] * (len(delays) - 1), "succeeded"]
    assert harness.lines[-1]["attempt"] == 2


def test_deferrals_until_a_due_time_are_not_counted(handler: Handler[Payload], harness: FunctionHarness) -> None:
    handler.process(sqs_event(BODY), FakeContext(), harness.runtime())
    (first,) = harness.copies
    harness.copies.clear()

    handler.process({"Records": [redelivered(first)]}, FakeContext(), harness.runtime())

    (second,) = harness.copies
    assert second["MessageBody"] == first["MessageBody"]
    assert json.loads(second["MessageBody"])["unknown"] == {"kept": "é"}
    assert second["MessageGroupId"] == COMPANY
    assert history(second)["deferrals"] == 0
    assert history(second)["not_before"] == history(first)["not_before"]
    assert [attempt["error"] for attempt in history(second)["attempts"]] == ["RetryableError"]


def test_a_failure_after_a_wait_sets_a_new_wait(
    handler: Handler[Payload], harness: FunctionHarness, busy: Busy
) -> None:
    waited = MessageHistory("2026-04-14T12:00:00.000Z", not_before="2026-04-14T13:59:59.000Z")
    attributes = {"history": {"stringValue": waited.to_json(), "dataType": "String"}}
    busy.asked = 0

    handler.process({"Records": [sqs_record(BODY, attributes=attributes)]}, FakeContext(), harness.runtime())

    (copy,) = harness.copies
    assert history(copy)["not_before"].startswith("2026-04-14T16:00:00")


def test_what_waits_goes_on_waiting_beside_a_suspect(
    handler: Handler[Payload], harness: FunctionHarness, busy: Busy
) -> None:
    handler.process(sqs_event(BODY), FakeContext(), harness.runtime())
    waiting = harness.copies.pop()
    suspect = sqs_record(BODY, message_id="m-suspect", receive_count=2)

    handler.process({"Records": [redelivered(waiting), suspect]}, FakeContext(), harness.runtime())

    assert busy.asked == 2, "the suspect ran"
    (copy,) = harness.copies
    assert history(copy)["not_before"] == history(waiting)["not_before"]
    assert copy["DelaySeconds"] == 900


@pytest.mark.parametrize("not_before", ["2999-01-01T00:00:00Z", "2026-04-15T17:00:01+00:00", "1970-01-01T00:00:00Z"])
def test_a_forged_due_time_delays_nothing_for_ever(
    handler: Handler[Payload], harness: FunctionHarness, busy: Busy, not_before: str
) -> None:
    busy.asked = 1
    forged = MessageHistory("2026-04-14T12:00:00.000Z", not_before=not_before)
    attributes = {"history": {"stringValue": forged.to_json(), "dataType": "String"}}
    harness.now = NOW

    handler.process({"Records": [sqs_record(BODY, attributes=attributes)]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["succeeded"]
