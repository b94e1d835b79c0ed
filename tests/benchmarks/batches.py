"""Batches of ten with different outcomes, and the AWS calls that each must make."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import Handler, job, reaction
from lambdas.common.runtime import Runtime
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BookingCreated
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Kind
from schemas.message import Message
from tests.benchmarks.child.fresh import BenchmarkContext
from tests.benchmarks.contestants import ENVIRONMENT
from tests.benchmarks.messages import batch
from tests.benchmarks.recorded_aws import RecordedAws

SIZE = 10
_NOW = datetime(2026, 4, 14, 14, 0, 1, tzinfo=UTC)
_BOOKED = EventType("benchmark.booked", BookingCreated, Kind.REACTION, emits={ACTIVITY_RECORD})


@dataclass(frozen=True, slots=True)
class Case:
    """A batch and its outcome."""

    name: str
    expected: Mapping[str, int]
    """The number of calls by API; all other APIs are not called."""

    failing: int = 0
    """The number of records that fail."""

    attempts: int = 1
    """The attempt of this delivery, out of three."""

    follow_ups: int = 0
    """The number of follow-ups of all records together."""

    is_job: bool = False
    """Whether the batch is one idempotent job instead of reactions."""


_SEND, _PUT = "sqs:SendMessageBatch", "events:PutEvents"

CASES = (
    Case("all succeed", {}),
    *(Case(f"{failing} retried", {_SEND: 1}, failing=failing) for failing in (1, SIZE)),
    *(
        Case(f"{failing} dead-lettered", {_SEND: 1, _PUT: 1}, failing=failing, attempts=3)  # one alert for the cause
        for failing in (1, SIZE)
    ),
    *(Case(f"follow-ups: {count}", {_PUT: ceil(count / 10)}, follow_ups=count) for count in (1, 10, 11, 30)),
    Case("follow-ups: 9, 1 retried", {_PUT: 1, _SEND: 1}, follow_ups=SIZE - 1, failing=1),
    Case("one job", {"dynamodb:PutItem": 1, "dynamodb:UpdateItem": 1}, is_job=True),
)


def run(case: Case) -> RecordedAws:
    """Run a case's batch with real clients; returns their recorded calls."""
    aws = RecordedAws()
    environment = FunctionEnvironment.from_variables(ENVIRONMENT)
    runtime = Runtime(
        environment=environment,
        client=aws.client,
        now=lambda: _NOW,
        sleep=lambda _seconds: None,
        jitter=random.Random(0).random,  # noqa: S311 waits, always the same
        write=lambda _line: None,
    )
    handler: Handler[ActivityRecord] | Handler[BookingCreated]
    if case.is_job:
        handler, event = _job, batch("activity.record", 1)
    else:
        handler, event = _reaction(case), batch("benchmark.booked", SIZE, attempts=case.attempts)
    handler.process(event, BenchmarkContext(), runtime)  # type: ignore[arg-type]  # JSON, as Lambda passes it
    return aws


def _reaction(case: Case) -> Handler[BookingCreated]:
    """A reaction that fails for the first records and spreads the follow-ups evenly over the others."""
    numbers = iter(range(SIZE))

    @reaction(_BOOKED)
    def handler(booking: Message[BookingCreated]) -> Iterator[FollowUp]:
        number = next(numbers)
        if number < case.failing:
            raise TimeoutError("the CRM did not answer")
        for discriminator in range(number - case.failing, case.follow_ups, SIZE - case.failing):
            yield Emit(ACTIVITY_RECORD, _activity(booking), discriminator=str(discriminator))

    return handler


def _activity(booking: Message[BookingCreated]) -> ActivityRecord:
    return ActivityRecord(
        company_id=booking.company_id,
        activity=Activity.BOOKING_CREATED,
        subject_id=booking.payload.booking_id,
        summary=f"{booking.payload.service} with {booking.payload.staff}",
        occurred_at=booking.timestamp,
    )


@job(ACTIVITY_RECORD)
def _job(_activity: Message[ActivityRecord]) -> None:
    """Do nothing: only the idempotency is measured."""
