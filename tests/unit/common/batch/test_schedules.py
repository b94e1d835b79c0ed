"""Reactions that schedule messages: the schedules after a batch, and the outcomes of its records."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lambdas.common.errors import Skip
from lambdas.common.follow_ups import Emit, FollowUp, Schedule, Unschedule
from lambdas.common.handlers import Handler, reaction
from schemas.event_type import ITSELF, EventType, Kind
from schemas.identity import ParentIdentity, payload_digest
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.service import failing, works
from tests.messages import COMPANY


class Wish(Payload):
    """A payload that says what the reaction yields."""

    follow_ups: tuple[str, ...] = ()


NOTE = EventType("test.note", Wish, Kind.JOB)
WISH = EventType("test.wish", Wish, Kind.REACTION, emits={NOTE}, schedules={ITSELF})
IDLE = EventType("test.idle", Wish, Kind.REACTION)


def _yielded(what: str) -> FollowUp:
    payload = Wish(company_id=COMPANY)
    match what.split():
        case ["emit"]:
            return Emit(NOTE, payload)
        case ["schedule", seconds, key]:
            return Schedule(WISH, payload, at=NOW + timedelta(seconds=float(seconds)), key=key)
        case ["schedule-note", seconds, key]:
            return Schedule(NOTE, payload, at=NOW + timedelta(seconds=float(seconds)), key=key)
        case ["unschedule", key]:
            return Unschedule(key)
    raise Skip("it was moved")


@pytest.fixture
def handler() -> Handler[Wish]:
    @reaction(WISH)
    def handle(wish: Message[Wish]) -> Iterator[FollowUp]:
        for what in wish.payload.follow_ups:
            yield _yielded(what)

    return handle


def run(
    handler: Handler[Wish], harness: FunctionHarness, *follow_ups: str, context: FakeContext | None = None
) -> dict[str, Any]:
    """The outcome line of one message whose reaction yields these."""
    body = wish(*follow_ups, type_name=handler.event_type.name)
    response = handler.process(sqs_event(body), context or FakeContext(), harness.runtime())
    assert response == {"batchItemFailures": []}
    return harness.lines[-1]


def wish(*follow_ups: str, type_name: str = "test.wish") -> str:
    message = {
        "type": type_name,
        "payload": {"companyId": COMPANY, "followUps": follow_ups},
        "timestamp": "2026-04-14T13:59:00Z",
        "attempts": 1,
        "id": "wish-1",
        "correlationId": "root",
        "hops": 2,
    }
    return json.dumps(message)


def id_from(body: str, key: str) -> str:
    """The id of the message that this body's reaction schedules under a key."""
    return ParentIdentity(COMPANY, "test.wish", "wish-1", payload_digest(body)).follow_up_id("test.wish", key)


def test_a_scheduled_message_carries_the_chain_and_its_due_time(
    handler: Handler[Wish], harness: FunctionHarness
) -> None:
    line = run(handler, harness, "schedule 3600 reminder/a/1h")

    (schedule,) = harness.scheduler.schedules.values()
    message = json.loads(schedule["Target"]["Input"])
    assert schedule["Name"] == "reminder.a.1h"
    assert message["type"] == "test.wish"
    assert message["id"] == id_from(wish("schedule 3600 reminder/a/1h"), "reminder/a/1h")
    assert message["timestamp"] == "2026-04-14T15:00:00Z"
    assert (message["correlationId"], message["causationId"], message["hops"]) == ("root", "wish-1", 3)
    assert line["outcome"] == "succeeded"
    assert line["scheduled"] == [{"key": "reminder/a/1h", "id": message["id"], "at": "2026-04-14T15:00:00.000Z"}]
    assert "follow_ups" not in line


def test_a_reaction_that_runs_twice_leaves_the_same_schedule(handler: Handler[Wish], harness: FunctionHarness) -> None:
    run(handler, harness, "schedule 3600 a")
    before = dict(harness.scheduler.schedules)

    run(handler, harness, "schedule 3600 a")

    assert harness.scheduler.schedules == before


@pytest.mark.parametrize("seconds", [60, 1, 0, -1, -86_400])
def test_a_schedule_due_within_a_minute_is_published_and_frees_its_key(
    handler: Handler[Wish], harness: FunctionHarness, seconds: int
) -> None:
    run(handler, harness, "schedule 3600 a")

    line = run(handler, harness, f"schedule {seconds} a")

    (entry,) = harness.events.published
    message = json.loads(entry["Detail"])
    assert message["id"] == id_from(wish(f"schedule {seconds} a"), "a")
    assert line["follow_ups"] == [message["id"]]
    assert harness.scheduler.schedules == {}


def test_what_is_due_in_two_minutes_is_scheduled(handler: Handler[Wish], harness: FunctionHarness) -> None:
    run(handler, harness, "schedule 120 a")

    assert list(harness.scheduler.schedules) == ["a"]
    assert harness.events.published == []


def test_a_schedule_is_cancelled_by_its_key(handler: Handler[Wish], harness: FunctionHarness) -> None:
    run(handler, harness, "schedule 3600 reminder/a/24h")

    line = run(handler, harness, "unschedule reminder/a/24h", "unschedule reminder/a/1h")

    assert harness.scheduler.schedules == {}
    assert line["unscheduled"] == ["reminder/a/24h", "reminder/a/1h"]


def test_follow_ups_yielded_before_a_skip_are_carried_out(handler: Handler[Wish], harness: FunctionHarness) -> None:
    line = run(handler, harness, "emit", "schedule 3600 a", "skip")

    assert (line["outcome"], line["detail"]) == ("skipped", "it was moved")
    assert len(harness.events.published) == 1
    assert list(harness.scheduler.schedules) == ["a"]
    assert len(harness.lines) == 1


@pytest.mark.parametrize("follow_up", ["schedule 3600 a", "schedule 1 a", "unschedule a"])
def test_a_schedule_refused_for_now_defers_its_record(
    handler: Handler[Wish], harness: FunctionHarness, follow_up: str
) -> None:
    harness.scheduler.fail = failing("ThrottlingException")

    line = run(handler, harness, follow_up)

    assert line["outcome"] == "deferred"
    assert harness.events.published == [], "what goes with a schedule that does not stand would go out a second time"
    (copy,) = harness.copies
    assert json.loads(copy["MessageBody"])["attempts"] == 1


def test_a_deferred_record_is_done_when_the_scheduler_takes_it(
    handler: Handler[Wish], harness: FunctionHarness
) -> None:
    harness.scheduler.fail = failing("ThrottlingException")
    run(handler, harness, "schedule 3600 a")
    harness.scheduler.fail = works

    handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["deferred", "succeeded"]
    assert list(harness.scheduler.schedules) == ["a"]


def test_a_scheduler_that_refuses_for_good_dead_letters_the_record(
    handler: Handler[Wish], harness: FunctionHarness
) -> None:
    harness.scheduler.fail = failing("ValidationException")

    line = run(handler, harness, "emit", "schedule 3600 a")

    assert (line["outcome"], line["reason"]) == ("dead_lettered", "permanent")
    assert "EventBridge Scheduler did not take what follows: ValidationException" in line["detail"]
    assert harness.events.published == []


def test_too_little_time_for_a_call_to_the_scheduler_defers_the_record(
    handler: Handler[Wish], harness: FunctionHarness
) -> None:
    line = run(handler, harness, "schedule 3600 a", context=FakeContext(milliseconds=2_500))

    assert line["outcome"] == "deferred"
    assert harness.scheduler.calls == []
    assert "destination" not in line, "the scheduler was not asked, and is not to blame"
    assert run(handler, harness, "schedule 3600 a")["outcome"] == "succeeded"


@pytest.mark.parametrize(
    ("follow_ups", "sentence"),
    [
        (["schedule 3600 a", "schedule 7200 a"], "test.wish schedules two messages under one key"),
        (["schedule 3600 a", "unschedule a"], "test.wish schedules two messages under one key"),
        (["schedule-note 3600 a"], "test.wish schedules test.note without declaring it: add it to its schedules"),
        (["schedule 3600 a//b"], "'a//b' is no schedule key"),
        (["unschedule .."], "'..' is no schedule key"),
    ],
)
def test_an_undeclared_schedule_is_a_permanent_error(
    handler: Handler[Wish], harness: FunctionHarness, follow_ups: list[str], sentence: str
) -> None:
    line = run(handler, harness, *follow_ups)

    assert line["reason"] == "permanent"
    assert sentence in line["detail"]
    assert harness.scheduler.calls == []


def test_a_type_that_schedules_nothing_may_cancel_nothing(harness: FunctionHarness) -> None:
    @reaction(IDLE)
    def idle(_wish: Message[Wish]) -> Iterator[FollowUp]:
        yield Unschedule("reminder/a")

    line = run(idle, harness)

    assert line["reason"] == "permanent"
    assert "test.idle calls off a schedule without declaring one: add its type to its schedules" in line["detail"]
