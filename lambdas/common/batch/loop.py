"""The loop that every function shares. It decides on each record, settles the batch, and reports each outcome.

- Decide: read and validate a record, run its handler, and set its schedules.
- Settle: send what the decisions ask for (follow-ups, copies, dead letters), ten entries a call for the whole batch.
- Report: one log line a record, and the metrics of the batch.

A record fails for Lambda only where SQS refused its copy or its dead letter: SQS then delivers the record again.

This file does what every batch needs. `decide.py` and `settle.py` do the rest: they are imported when a record fails,
comes back, or has something to send.
"""

import gc
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.delivery import Delivery, SqsEvent
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.budget import Context
from lambdas.common.errors import Skip
from lambdas.common.runtime import Runtime
from schemas.message import AnyMessage
from schemas.problems import Refusal
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.decide import Decider
    from lambdas.common.batch.decision import Decision
    from lambdas.common.batch.settle import Settlement
    from lambdas.common.batch.work import Work

_LARGE = 65_536
"""Characters of a batch's bodies."""


class BatchResponse(TypedDict):
    """Lambda's partial batch response for SQS."""

    batchItemFailures: list[dict[str, str]]


def process(event: SqsEvent, context: Context, *, work: "Work", runtime: Runtime) -> BatchResponse:
    """Bring every record of a batch to its outcome."""
    batch = _Batch(work, runtime, context)
    if sum(len(record["body"]) for record in event["Records"]) < _LARGE or not gc.isenabled():
        return batch.process(event)
    gc.disable()  # JSON has no cycles, and the collector would visit what is parsed so far again and again
    try:
        return batch.process(event)
    finally:
        gc.enable()


class _Batch:
    def __init__(self, work: "Work", runtime: Runtime, context: Context) -> None:
        self._work = work
        self._runtime = runtime
        self._context = context
        self._telemetry = Telemetry(
            work.service,
            context,
            runtime.write,
            runtime.now,
            stage=runtime.environment.stage,
            version=runtime.environment.code_version,
            event_type=work.event_type,
            can_skip=work.can_skip,
            compares_groups=runtime.environment.message_groups == "1",
        )
        self._has_run = False

    @cached_property
    def _decider(self) -> "Decider":
        from lambdas.common.batch.decide import Decider  # most records are done

        return Decider(self._work, self._runtime, self._context)

    @cached_property
    def _settlement(self) -> "Settlement":
        from lambdas.common.batch.settle import Settlement  # most batches have nothing to send

        return Settlement(self._work, self._runtime, self._context, self._telemetry)

    def process(self, event: SqsEvent) -> BatchResponse:
        deliveries = [Delivery(record) for record in event["Records"]]
        unsent = (
            self._handle(deliveries) if all(each.is_fresh for each in deliveries) else self._handle_again(deliveries)
        )
        return {"batchItemFailures": [{"itemIdentifier": delivery.sqs_message_id} for delivery in unsent]}

    def _handle_again(self, deliveries: list[Delivery]) -> list[Delivery]:
        """Handle a batch of which some message was here before; return the deliveries that SQS must keep.

        A message that came back may end the process when it is read or run, and SQS would count that against every
        record of the batch. So all others go back to the queue as copies, and are deleted, before it is read.
        """
        from lambdas.common.batch import redelivery  # most batches are fresh

        for delivery in deliveries:
            delivery.believed_senders = self._runtime.environment.history_senders
        suspects = [delivery for delivery in deliveries if delivery.is_suspect] if len(deliveries) > 1 else []
        if not suspects:
            return self._handle(deliveries)
        # A copy's receive count begins at 1. So the one that runs is the one that came back most often.
        chosen = max(suspects, key=lambda suspect: suspect.receive_count)
        others = [delivery for delivery in deliveries if delivery is not chosen]
        for other in others:
            other.decision = redelivery.put_back(other, self._runtime)
        return self._settlement.settle(others, delete=True) + self._handle([chosen])

    def _handle(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Bring deliveries to their outcomes; return those that SQS must keep."""
        budget, context, least_share = self._runtime.budget, self._context, self._work.least_share
        count = len(deliveries)
        unsettled = []
        for position, delivery in enumerate(deliveries):
            in_time = budget.begin(context, count - position, min_share=least_share)
            # The first record runs however little time is left: else a function that is always short of time runs none.
            decision = self._decide(delivery, run=in_time or not self._has_run)
            delivery.decision = decision
            if isinstance(decision, DoneDecision) and not decision.entries:
                self._telemetry.report(delivery, decision.outcome)
            else:
                unsettled.append(delivery)
        unsent = self._settlement.settle(unsettled) if unsettled else []
        self._telemetry.flush()
        return unsent

    def _decide(self, delivery: Delivery, *, run: bool) -> "Decision":
        """Decide on one record; run its handler where it may run now."""
        if not delivery.is_fresh and delivery.is_suspect:
            unread = self._decider.decide_before_reading(delivery)
            if unread:
                return unread
        try:
            message = self._work.read(delivery.body)
        except Exception as error:  # noqa: BLE001 a body that breaks the reader must not cost its neighbours their run
            return self._decider.decide(delivery, error)
        if isinstance(message, Refusal):
            return self._decider.decide(delivery, message)
        delivery.message = message
        if delivery.is_fresh:
            delivery.first = delivery.attempt = self._work.first_attempt(message, 0)
        if not (run and delivery.is_fresh) or self._runtime.tripped:
            not_now = self._decider.decide_before_run(delivery, message, run=run)
            if not_now:
                return not_now
        result = self._run(delivery, message)
        if isinstance(result, DoneDecision) and not result.changes:
            return result
        return self._decider.decide(delivery, result)

    def _run(self, delivery: Delivery, message: AnyMessage) -> "DoneDecision | Exception":
        now = self._runtime.now
        self._has_run = True
        delivery.started_at = now()
        try:
            if self._work.check_sender:
                self._work.check_sender(message, delivery, self._runtime.environment)
            result: DoneDecision | Exception = self._work.run(message, delivery.body)
        except Skip as skip:
            result = DoneDecision(Outcome.SKIPPED, skip=skip)
        except Exception as error:  # noqa: BLE001 `decide.py` says what a handler's exception means
            result = error
        delivery.ended_at = now()
        return result
