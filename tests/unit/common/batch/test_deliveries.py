"""A receiver that does not take a message: it is asked again after the type's delays, and no attempt is spent."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import pytest

from lambdas.common.batch.history import MessageHistory
from lambdas.common.errors import NotDeliveredError, NotNowError
from lambdas.common.handlers import Handler, job
from lambdas.common.runtime import Runtime
from schemas.event_type import EventType, Kind, Needs
from schemas.message import AnyMessage, Message
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event, sqs_record
from tests.messages import COMPANY

HOUR = 3600
DELAYS = (timedelta(seconds=5), timedelta(hours=1), timedelta(hours=24))
TASK = EventType("test.deliver", Payload, Kind.JOB, delivery_delays=DELAYS)

BODY = json.dumps(
    {"type": "test.deliver", "payload": {"companyId": COMPANY}, "timestamp": "2026-04-14T13:59:00Z", "attempts": 1}
    | {"id": "task-1"}
)


@dataclass
class Receiver:
    """The receiver: it does not take the first posts."""

    refuses: int
    asked: list[datetime] = field(default_factory=list)
    retry_after: float = 0.0


@dataclass
class Known:
    """A gate that a test sets."""

    need: ClassVar[Needs | None] = None
    refusal: Exception | None = None
    recovered: bool = False
    since: list[datetime] = field(default_factory=list)

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:  # noqa: ARG003 a test makes it
        return cls()

    def admit(self, message: AnyMessage) -> None:
        if self.refusal:
            raise self.refusal

    def has_recovered(self, message: AnyMessage, since: datetime) -> bool:
        self.since.append(since)
        return self.recovered


@pytest.fixture
def gate(harness: FunctionHarness) -> Known:
    known = Known()
    harness.capabilities[Known] = known
    return known


def handler_of(receiver: Receiver, harness: FunctionHarness) -> Handler[Payload]:
    @job(TASK, gate=Known)
    def handle(_task: Message[Payload]) -> None:
        receiver.asked.append(harness.now)
        if len(receiver.asked) <= receiver.refuses:
            raise NotDeliveredError("the receiver answered 404", after=receiver.retry_after)

    return handle


def history(entry: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(entry["MessageAttributes"]["history"]["StringValue"]))


def run(handler: Handler[Payload], harness: FunctionHarness, *, rounds: int = 1_000) -> None:
    """Deliver the message, and each copy after its delay, until none comes back."""
    handler.process(sqs_event(BODY), FakeContext(), harness.runtime())
    for _ in range(rounds):
        if not harness.copies:
            return
        handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())


def waits(receiver: Receiver) -> list[float]:
    """Hours between the tries."""
    return [
        round((after - before).total_seconds() / HOUR, 1)
        for before, after in zip(receiver.asked, receiver.asked[1:], strict=False)
    ]


@pytest.mark.usefixtures("gate")
def test_each_try_comes_after_the_types_next_delay(harness: FunctionHarness) -> None:
    harness.jitter = 0.5
    receiver = Receiver(refuses=3)

    run(handler_of(receiver, harness), harness)

    assert waits(receiver) == [0.0, 1.0, 24.0]
    assert harness.lines[-1]["outcome"] == "succeeded"
    assert harness.lines[-1]["attempt"] == 1


@pytest.mark.usefixtures("gate")
@pytest.mark.parametrize(("jitter", "hours"), [(0.0, 0.9), (1.0, 1.1)])
def test_a_delay_varies_by_a_tenth(harness: FunctionHarness, jitter: float, hours: float) -> None:
    harness.jitter = jitter
    receiver = Receiver(refuses=2)

    run(handler_of(receiver, harness), harness)

    assert waits(receiver)[1] == hours


@pytest.mark.usefixtures("gate")
def test_the_last_refused_try_ends_as_unavailable(harness: FunctionHarness) -> None:
    receiver = Receiver(refuses=99)

    run(handler_of(receiver, harness), harness)

    assert len(receiver.asked) == 1 + len(DELAYS)
    assert set(harness.outcomes[:-1]) == {"deferred"}
    assert harness.lines[-1]["outcome"] == "dead_lettered"
    assert harness.lines[-1]["reason"] == "unavailable"
    assert harness.lines[-1]["detail"] == "the receiver answered 404"
    assert not harness.metrics, "no attempt failed"


@pytest.mark.usefixtures("gate")
def test_a_stages_cap_shortens_the_delays(harness: FunctionHarness) -> None:
    harness.settings = {"backoff_cap": "2"}
    receiver = Receiver(refuses=3)
    began = harness.now

    run(handler_of(receiver, harness), harness)

    assert len(receiver.asked) == 4
    assert harness.now - began < timedelta(seconds=10)


@pytest.mark.usefixtures("gate")
@pytest.mark.parametrize(("asked", "hours"), [(7_200, 2.0), (10**9, 12.0)])
def test_a_receivers_wait_counts_up_to_12_hours(harness: FunctionHarness, asked: float, hours: float) -> None:
    receiver = Receiver(refuses=1, retry_after=asked)

    run(handler_of(receiver, harness), harness)

    assert waits(receiver) == [hours]


@pytest.mark.usefixtures("gate")
def test_our_own_exceptions_spend_attempts(harness: FunctionHarness) -> None:
    @job(TASK, gate=Known)
    def broken(_task: Message[Payload]) -> None:
        raise KeyError("a bug")

    run(broken, harness)

    assert harness.outcomes == ["retrying", "retrying", "dead_lettered"]
    assert harness.lines[-1]["reason"] == "attempts_exhausted"


def test_a_waiting_message_runs_early_once_its_receiver_is_well(harness: FunctionHarness, gate: Known) -> None:
    receiver = Receiver(refuses=2)
    handler = handler_of(receiver, harness)
    run(handler, harness, rounds=3)
    assert len(receiver.asked) == 2, "it waits for an hour"
    gate.recovered = True

    handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert harness.lines[-1]["outcome"] == "succeeded"
    failed_at = receiver.asked[1]
    assert abs(gate.since[-1] - failed_at) < timedelta(seconds=1)
    assert receiver.asked[2] - failed_at < timedelta(minutes=46)


def test_a_message_that_waits_for_another_reason_is_not_early(harness: FunctionHarness, gate: Known) -> None:
    gate.recovered = True
    waiting = MessageHistory("2026-04-14T12:00:00.000Z", not_before="2026-04-14T15:00:00Z")
    waiting = waiting.waited("crm", "it asked for an hour", "2026-04-14T13:59:00.000Z")
    attributes = {"history": {"stringValue": waiting.to_json(), "dataType": "String"}}
    receiver = Receiver(refuses=0)

    handler_of(receiver, harness).process(
        {"Records": [sqs_record(BODY, attributes=attributes)]}, FakeContext(), harness.runtime()
    )

    assert harness.outcomes == ["deferred"]
    assert not gate.since


def test_a_closed_gate_counts_no_try_and_writes_no_record(harness: FunctionHarness, gate: Known) -> None:
    gate.refusal = NotNowError("it was not asked", after=60)
    receiver = Receiver(refuses=0)

    handler_of(receiver, harness).process(sqs_event(BODY), FakeContext(), harness.runtime())

    assert not receiver.asked
    (copy,) = harness.copies
    assert copy["DelaySeconds"] == 60
    assert (history(copy)["deliveries"], history(copy)["deferrals"]) == (0, 1)
    assert not harness.dynamodb.requests


def test_a_message_that_is_never_let_through_ends_after_its_patience(harness: FunctionHarness, gate: Known) -> None:
    gate.refusal = NotNowError("it was not asked", after=900)
    began = harness.now

    run(handler_of(Receiver(refuses=0), harness), harness)

    assert harness.lines[-1]["reason"] == "unavailable"
    assert timedelta(days=3) <= harness.now - began < timedelta(days=3, hours=1)
