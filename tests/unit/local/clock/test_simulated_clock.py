"""Minutes pass by hand or by themselves, and what goes wrong in one is not lost."""

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
from local.clock.simulated_clock import Part, SimulatedClock
from local.errors import LocalStageError
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT

PATIENCE = 10
"""Seconds until a thread that does nothing is given up."""


@dataclass
class World:
    """Remembers what happened."""

    happened: list[Part] = field(default_factory=list)

    def minutes(self) -> SimulatedClock:
        return SimulatedClock({part: self._happens(part) for part in reversed(Part)})

    def _happens(self, part: Part) -> Callable[[], None]:
        return lambda: self.happened.append(part)


def test_a_minute_is_a_beat_then_alarms_then_slack() -> None:
    world = World()
    minutes = world.minutes()

    minutes.tick()

    assert world.happened == [Part.BEAT, Part.ALARMS, Part.SLACK]
    assert minutes.passed == 1


def test_parts_can_be_left_out_for_a_while() -> None:
    world = World()
    minutes = world.minutes()

    with minutes.without(Part.BEAT):
        minutes.tick()
        with minutes.without(Part.SLACK):
            minutes.tick()
    minutes.tick()

    assert world.happened == [Part.ALARMS, Part.SLACK, Part.ALARMS, Part.BEAT, Part.ALARMS, Part.SLACK]


def test_they_pass_by_themselves_until_they_are_stopped() -> None:
    thrice, numbers = Event(), count(1)

    def count_to_three() -> None:
        if next(numbers) >= 3:
            thrice.set()

    minutes = SimulatedClock({Part.ALARMS: count_to_three})

    minutes.start(length=0)
    assert thrice.wait(PATIENCE)
    assert minutes.pass_by_themselves()
    minutes.stop()

    passed = minutes.passed
    assert passed >= 3
    assert not minutes.pass_by_themselves()
    minutes.tick()
    assert minutes.passed == passed + 1


def test_they_can_be_started_again_and_stopping_twice_is_stopping_once() -> None:
    passed = Event()
    minutes = SimulatedClock({Part.SLACK: passed.set})
    minutes.start(length=PATIENCE)
    minutes.stop()
    minutes.stop()
    passed.clear()

    minutes.start(length=PATIENCE)

    assert passed.wait(PATIENCE)
    minutes.stop()


def test_stopping_does_not_wait_for_the_next_one() -> None:
    passed = Event()
    minutes = SimulatedClock({Part.SLACK: passed.set})
    minutes.start(length=3_600)
    assert passed.wait(PATIENCE)

    minutes.stop()

    assert minutes.passed == 1


def test_while_they_are_paused_they_pass_by_hand_alone() -> None:
    passed = Event()
    minutes = SimulatedClock({Part.SLACK: passed.set})
    minutes.start(length=3_600)
    assert passed.wait(PATIENCE)

    with minutes.paused():
        assert not minutes.pass_by_themselves()
        minutes.tick()
    assert minutes.pass_by_themselves()
    minutes.stop()

    stopped = SimulatedClock({})
    with stopped.paused():
        pass
    assert not stopped.pass_by_themselves()


def test_what_goes_wrong_by_hand_is_raised_at_once() -> None:
    minutes = SimulatedClock({Part.SLACK: _fail})

    with pytest.raises(LocalStageError, match="the notifier is broken"):
        minutes.tick()

    assert minutes.passed == 0


def test_what_goes_wrong_first_in_the_thread_is_raised_once_by_who_stops_it() -> None:
    minutes = _failing_first()

    with pytest.raises(LocalStageError, match="the notifier is broken"):
        minutes.stop()

    assert minutes.passed > 0
    minutes.stop()


def test_what_went_wrong_is_raised_at_the_end_of_a_block_that_did_well() -> None:
    with pytest.raises(LocalStageError, match="the notifier is broken"), _failing_first().ended():
        pass


def test_a_block_that_fails_tells_of_its_own_failure_alone() -> None:
    minutes = _failing_first()

    with pytest.raises(KeyError), minutes.ended():
        raise KeyError

    assert not minutes.pass_by_themselves()


def _failing_first() -> SimulatedClock:
    """Minutes that pass by themselves; the first one failed, the second is over."""
    over, numbers = Event(), count(1)

    def fail_once() -> None:
        number = next(numbers)
        if number == 1:
            _fail()
        if number == 3:
            over.set()

    minutes = SimulatedClock({Part.ALARMS: fail_once})
    minutes.start(length=0)
    assert over.wait(PATIENCE)
    return minutes


def _fail() -> None:
    raise LocalStageError("the notifier is broken")


@dataclass
class Aws:
    """SQS and Lambda, as far as a minute needs them."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    invoked: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append(request)
        return self.answer


def test_a_beat_is_the_message_that_the_schedule_sends_with_an_id_of_its_own() -> None:
    aws, ids = Aws(), iter(("beat-1", "beat-2"))
    at = datetime(2026, 11, 24, 14, 0, 30, 5, tzinfo=UTC)
    beats = HeartbeatSender(aws, "http://127.0.0.1/ingress", lambda: at, lambda: next(ids))

    assert [beats.send(), beats.send()] == ["beat-1", "beat-2"]

    assert beats.ids == {"beat-1", "beat-2"}
    first = aws.sent[0]
    message = decode_strictly(first["MessageBody"], catalogue=BY_NAME)
    assert isinstance(message, Message)
    assert (first["QueueUrl"], first["MessageGroupId"]) == ("http://127.0.0.1/ingress", NO_TENANT)
    assert (message.type, message.id, message.company_id) == (SYSTEM_HEARTBEAT.name, "beat-1", NO_TENANT)
    assert json.loads(first["MessageBody"])["timestamp"] == "2026-11-24T14:00:30Z"
    assert message.source == "taly.scheduler"


def test_the_notifier_is_run_to_its_end() -> None:
    aws = Aws(answer={"StatusCode": 200, "Payload": BytesIO(b"null")})

    Notifier(aws, "SlackNotifier").run()

    assert aws.invoked == [
        {"FunctionName": "SlackNotifier", "InvocationType": "RequestResponse", "Payload": b"{}"},
    ]


def test_a_notifier_that_fails_fails_loudly() -> None:
    said = b'{"errorMessage": "no such queue", "errorType": "QueueDoesNotExist"}'
    aws = Aws(answer={"FunctionError": "Unhandled", "Payload": BytesIO(said)})

    with pytest.raises(LocalStageError, match="SlackNotifier") as failed:
        Notifier(aws, "SlackNotifier").run()

    assert "QueueDoesNotExist: no such queue" in str(failed.value)
