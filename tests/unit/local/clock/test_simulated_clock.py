"""Minutes pass by tick or in the background, and no exception of a task is lost."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from threading import Event
from typing import Any

import pytest

from local.clock.scheduled import HeartbeatSender, Notifier
from local.clock.simulated_clock import ClockTask, SimulatedClock
from local.errors import LocalStageError
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT

SECONDS = 10
"""Until a background thread must have done its work."""


@dataclass
class RecordedTasks:
    """Records which tasks ran."""

    ran: list[ClockTask] = field(default_factory=list)

    def clock(self) -> SimulatedClock:
        return SimulatedClock({task: self._record(task) for task in reversed(ClockTask)})

    def _record(self, task: ClockTask) -> Callable[[], None]:
        return lambda: self.ran.append(task)


def test_a_minute_is_a_heartbeat_then_alarms_then_the_notifier() -> None:
    tasks = RecordedTasks()
    clock = tasks.clock()

    clock.tick()

    assert tasks.ran == [ClockTask.HEARTBEAT, ClockTask.ALARMS, ClockTask.NOTIFIER]
    assert clock.minutes_passed == 1


def test_tasks_can_be_skipped_for_a_while() -> None:
    tasks = RecordedTasks()
    clock = tasks.clock()

    with clock.without(ClockTask.HEARTBEAT):
        clock.tick()
        with clock.without(ClockTask.NOTIFIER):
            clock.tick()
    clock.tick()

    assert tasks.ran == [
        ClockTask.ALARMS,
        ClockTask.NOTIFIER,
        ClockTask.ALARMS,
        ClockTask.HEARTBEAT,
        ClockTask.ALARMS,
        ClockTask.NOTIFIER,
    ]


def test_minutes_pass_in_the_background_until_the_clock_is_stopped() -> None:
    thrice, numbers = Event(), count(1)

    def count_to_three() -> None:
        if next(numbers) >= 3:
            thrice.set()

    clock = SimulatedClock({ClockTask.ALARMS: count_to_three})

    clock.start(interval=0)
    assert thrice.wait(SECONDS)
    assert clock.is_running()
    clock.stop()

    passed = clock.minutes_passed
    assert passed >= 3
    assert not clock.is_running()
    clock.tick()
    assert clock.minutes_passed == passed + 1


def test_the_clock_can_be_restarted_and_stopping_is_idempotent() -> None:
    passed = Event()
    clock = SimulatedClock({ClockTask.NOTIFIER: passed.set})
    clock.start(interval=SECONDS)
    clock.stop()
    clock.stop()
    passed.clear()

    clock.start(interval=SECONDS)

    assert passed.wait(SECONDS)
    clock.stop()


def test_stopping_does_not_wait_for_the_next_minute() -> None:
    passed = Event()
    clock = SimulatedClock({ClockTask.NOTIFIER: passed.set})
    clock.start(interval=3_600)
    assert passed.wait(SECONDS)

    clock.stop()

    assert clock.minutes_passed == 1


def test_a_paused_clock_advances_by_tick_only() -> None:
    passed = Event()
    clock = SimulatedClock({ClockTask.NOTIFIER: passed.set})
    clock.start(interval=3_600)
    assert passed.wait(SECONDS)

    with clock.paused():
        assert not clock.is_running()
        clock.tick()
    assert clock.is_running()
    clock.stop()

    stopped = SimulatedClock({})
    with stopped.paused():
        pass
    assert not stopped.is_running()


def test_tick_raises_the_exception_of_a_task() -> None:
    clock = SimulatedClock({ClockTask.NOTIFIER: _fail})

    with pytest.raises(LocalStageError, match="the notifier is broken"):
        clock.tick()

    assert clock.minutes_passed == 0


def test_stop_raises_the_first_background_exception_once() -> None:
    clock = _failed_once()

    with pytest.raises(LocalStageError, match="the notifier is broken"):
        clock.stop()

    assert clock.minutes_passed > 0
    clock.stop()


def test_a_background_exception_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(LocalStageError, match="the notifier is broken"), _failed_once().stopped_on_exit():
        pass


def test_the_exception_of_the_block_hides_a_background_exception() -> None:
    clock = _failed_once()

    with pytest.raises(KeyError), clock.stopped_on_exit():
        raise KeyError

    assert not clock.is_running()


def _failed_once() -> SimulatedClock:
    """A running clock whose first minute failed and whose second is over."""
    over, numbers = Event(), count(1)

    def fail_once() -> None:
        number = next(numbers)
        if number == 1:
            _fail()
        if number == 3:
            over.set()

    clock = SimulatedClock({ClockTask.ALARMS: fail_once})
    clock.start(interval=0)
    assert over.wait(SECONDS)
    return clock


def _fail() -> None:
    raise LocalStageError("the notifier is broken")


@dataclass
class FakeAws:
    """SQS and Lambda, as far as the tasks use them."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    invoked: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append(request)
        return self.answer


def test_a_heartbeat_is_the_schedules_message_with_a_unique_id() -> None:
    aws, ids = FakeAws(), iter(("beat-1", "beat-2"))
    at = datetime(2026, 11, 24, 14, 0, 30, 5, tzinfo=UTC)
    heartbeats = HeartbeatSender(aws, "http://127.0.0.1/ingress", lambda: at, lambda: next(ids))

    assert [heartbeats.send(), heartbeats.send()] == ["beat-1", "beat-2"]

    assert heartbeats.ids == {"beat-1", "beat-2"}
    first = aws.sent[0]
    message = decode_strictly(first["MessageBody"], catalogue=BY_NAME)
    assert isinstance(message, Message)
    assert first.keys() == {"QueueUrl", "MessageBody"}, "a schedule sets no message group for a standard queue"
    assert first["QueueUrl"] == "http://127.0.0.1/ingress"
    assert (message.type, message.id, message.company_id) == (SYSTEM_HEARTBEAT.name, "beat-1", NO_TENANT)
    assert json.loads(first["MessageBody"])["timestamp"] == "2026-11-24T14:00:30Z"
    assert message.source == "taly.scheduler"


def test_the_notifier_is_invoked_synchronously() -> None:
    aws = FakeAws(answer={"StatusCode": 200, "Payload": BytesIO(b"null")})

    Notifier(aws, "SlackNotifier").run()

    assert aws.invoked == [
        {"FunctionName": "SlackNotifier", "InvocationType": "RequestResponse", "Payload": b"{}"},
    ]


def test_a_notifier_failure_is_raised() -> None:
    payload = b'{"errorMessage": "no such queue", "errorType": "QueueDoesNotExist"}'
    aws = FakeAws(answer={"FunctionError": "Unhandled", "Payload": BytesIO(payload)})

    with pytest.raises(LocalStageError, match="SlackNotifier") as failed:
        Notifier(aws, "SlackNotifier").run()

    assert "QueueDoesNotExist: no such queue" in str(failed.value)
