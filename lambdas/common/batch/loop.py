"""The loop that every function shares: each record of a batch gets its turn, its outcome and its line.

In order: run what fits into the time, and schedule what it wants scheduled; publish what the records want
published; send the copies of what must run again; park the dead letters and tell people of them. Each kind of
sending, but for schedules, is done for the whole batch together. A record is reported to Lambda as failed only
where the send that should have taken it on was refused: SQS then delivers it again.

Here is what each batch needs. What only some need, because something was not done, comes again or is to be sent,
is the settlement's part, and imported by the first batch that needs it.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from lambdas.common.batch.delivery import Delivery, DoneDecision
from lambdas.common.batch.record import Record, SqsEvent
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.budget import Context
from lambdas.common.errors import Skip
from lambdas.common.runtime import Runtime
from schemas.message import AnyMessage
from schemas.problems import Refusal
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.retry import DeadLetterDecision, RetryDecision
    from lambdas.common.batch.settlement import Settlement
    from lambdas.common.batch.work import Work


class BatchResponse(TypedDict):
    """Lambda's partial batch response for SQS."""

    batchItemFailures: list[dict[str, str]]


def process(event: SqsEvent, context: Context, *, work: "Work", runtime: Runtime) -> BatchResponse:
    """Bring every record of a batch to its outcome."""
    return _Batch(work, runtime, context).process(event)


class _Batch:
    def __init__(self, work: "Work", runtime: Runtime, context: Context) -> None:
        self._work = work
        self._runtime = runtime
        self._context = context
        self._observer = Telemetry(work.service, context, runtime.write)
        self._has_run = False

    @cached_property
    def _settlement(self) -> "Settlement":
        from lambdas.common.batch.settlement import Settlement  # most batches leave nothing to settle

        return Settlement(self._work, self._runtime, self._context, self._observer)

    def process(self, event: SqsEvent) -> BatchResponse:
        deliveries = [Delivery(Record(passed)) for passed in event["Records"]]
        fresh = all(delivery.record.is_fresh for delivery in deliveries)
        suspect = None if fresh else self._settlement.to_be_run_alone(deliveries)
        if suspect is None:
            unsent = self._settle(deliveries)
        else:
            # It may take the process down. Whatever were run or left on the queue beside it would pay for it, or it
            # for them: so the others go back, and off the queue, before it has its turn.
            others = [delivery for delivery in deliveries if delivery is not suspect]
            unsent = self._settle(others, run=False)
            self._settlement.take_off_the_queue([delivery for delivery in others if delivery not in unsent])
            unsent += self._settle([suspect], alone=True)
        return {"batchItemFailures": [{"itemIdentifier": delivery.record.sqs_message_id} for delivery in unsent]}

    def _settle(self, deliveries: Sequence[Delivery], *, run: bool = True, alone: bool = False) -> list[Delivery]:
        """Bring deliveries to their outcomes, or back to the queue unrun; gives those that stay on it as they are."""
        budget, least_share = self._runtime.budget, self._work.least_share
        left = []
        for position, delivery in enumerate(deliveries):
            in_time = budget.begin(self._context, len(deliveries) - position, min_share=least_share)
            # One is run whatever is left, or a function that is always short of time would run nothing.
            fate = self._take(delivery, begin=in_time or not self._has_run, run=run, alone=alone)
            delivery.fate = fate
            if isinstance(fate, DoneDecision) and not fate.entries:
                self._tell(delivery, fate)
            else:
                left.append(delivery)
        unsent = self._settlement.settle(left) if left else []
        self._observer.flush()
        return unsent

    def _take(
        self, delivery: Delivery, *, begin: bool, run: bool, alone: bool
    ) -> "DoneDecision | RetryDecision | DeadLetterDecision":
        """Decide one record's fate; the handler is run on the way, where it is to be run."""
        try:
            message = self._work.read(delivery.record.body)
        except Exception as error:  # noqa: BLE001 whatever a hostile body does to the reader, its neighbours go on
            return self._settlement.unreadable(delivery, error)
        if isinstance(message, Refusal):
            return self._settlement.refused(delivery, message)
        delivery.message = message
        if delivery.record.is_fresh:
            delivery.attempt = self._work.first_attempt(message, 0)
        elif waits := self._settlement.turn(delivery, message, alone=alone):
            return waits
        return self._run(delivery, message) if run and begin else self._settlement.unrun(delivery)

    def _run(self, delivery: Delivery, message: AnyMessage) -> "DoneDecision | RetryDecision | DeadLetterDecision":
        self._has_run = True
        delivery.started_at = self._runtime.now()
        try:
            result: DoneDecision | Exception = self._work.run(message, delivery.record.body)
        except Skip as skip:
            result = DoneDecision(Outcome.SKIPPED, why=skip)
        except Exception as error:  # noqa: BLE001 what any of a handler's exceptions means is decided below
            result = error
        delivery.ended_at = self._runtime.now()
        if not isinstance(result, DoneDecision):
            return self._settlement.failed(delivery, result)
        return self._settlement.scheduled(delivery, result) if result.changes else result

    def _tell(self, delivery: Delivery, done: DoneDecision) -> None:
        """Of a delivery for which nothing is left to be sent."""
        message = delivery.message
        if message is None or done.changes or done.why or not delivery.record.is_fresh:
            self._settlement.report(delivery, done.outcome)
        else:
            self._observer.ordinary(done.outcome, message, delivery, at=delivery.ended_at or self._runtime.now())
