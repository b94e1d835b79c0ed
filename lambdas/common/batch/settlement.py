"""What becomes of deliveries that are not simply done: decided record by record, sent for a whole batch together."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from lambdas.common.batch import dead_letter, redelivery, retry
from lambdas.common.batch.alerts import DeadLetterRecord, tell
from lambdas.common.batch.delivery import Delivery, DoneDecision, Failure
from lambdas.common.batch.history import Attempt
from lambdas.common.batch.retry import DeadLetterDecision, RetryDecision
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.batch.work import Work
from lambdas.common.budget import Context
from lambdas.common.clients import outbox, scheduler
from lambdas.common.clients.outbox import MAX_BYTES, BusEntry, QueueEntry, Receipt, RefusedEntry
from lambdas.common.errors import NotNowError, PermanentError
from lambdas.common.redaction.text import redact
from lambdas.common.runtime import Runtime
from lambdas.common.times import timestamp
from schemas.message import AnyMessage
from schemas.names import HISTORY_ATTRIBUTE
from schemas.problems import Refusal
from schemas.reasons import Outcome, Reason


def copy_of(delivery: Delivery, again: RetryDecision, body: str) -> QueueEntry:
    """What is sent back for a delivery. Where the body leaves too little room, the history is cut."""
    waits = again.outcome is Outcome.DEFERRED
    before = delivery.history
    history = replace(
        before,
        not_before=again.not_before,
        alone=again.alone or (waits and before.alone),
        suspected=again.suspected or (before.suspected if waits else 0),
    )
    if again.counted:
        history = history.deferred()
    entry = QueueEntry(body, delivery.group, again.delay, {HISTORY_ATTRIBUTE: history.to_json()})
    if entry.size <= MAX_BYTES:
        return entry
    brief = replace(history, attempts=(), earlier=(), producer_attributes={})
    return replace(entry, attributes={HISTORY_ATTRIBUTE: brief.to_json()})


class Settlement:
    """Of one batch."""

    def __init__(self, work: Work, runtime: Runtime, context: Context, observer: Telemetry) -> None:
        """Settle for this work."""
        self._work = work
        self._runtime = runtime
        self._context = context
        self._observer = observer

    @staticmethod
    def to_be_run_alone(deliveries: Sequence[Delivery]) -> Delivery | None:
        """The first of a batch that is to be run alone."""
        return next((delivery for delivery in deliveries if delivery.record.history.alone), None)

    def take_off_the_queue(self, deliveries: Sequence[Delivery]) -> None:
        """Before their batch is over."""
        handles = [delivery.record.receipt_handle for delivery in deliveries]
        if handles:
            outbox.delete(self._runtime.client("sqs"), self._runtime.environment.queue_url, handles)

    def unreadable(self, delivery: Delivery, error: Exception) -> DeadLetterDecision:
        """A body that the reader itself failed at."""
        delivery.attempt = delivery.record.receive_count
        self._fail_with(delivery, error)
        return DeadLetterDecision(Reason.PERMANENT)

    def refused(self, delivery: Delivery, refusal: Refusal) -> DeadLetterDecision:
        """A body that is no message for this function."""
        delivery.attempt = delivery.record.receive_count
        _fail(delivery, refusal.reason, refusal.sentence())
        return DeadLetterDecision(refusal.reason)

    def turn(
        self, delivery: Delivery, message: AnyMessage, *, alone: bool
    ) -> RetryDecision | DeadLetterDecision | None:
        """What becomes unrun of a message that was here before; None where it is to be run."""
        waits = redelivery.turn(delivery, message, self._work, alone=alone, now=self._runtime.now())
        if isinstance(waits, DeadLetterDecision):
            _fail(delivery, "Crashed", f"received {delivery.record.receive_count} times, and never came to an outcome")
        return waits

    def unrun(self, delivery: Delivery) -> RetryDecision:
        """A delivery that was not begun: too little time was left, or one of its batch is to be run alone."""
        return retry.unrun(delivery.attempt)

    def failed(self, delivery: Delivery, error: Exception) -> RetryDecision | DeadLetterDecision:
        """A delivery whose handler raised."""
        if isinstance(error, NotNowError):
            self._know(delivery, error)
            return retry.not_now(delivery.attempt, delivery.history.deferrals, self._runtime.jitter())
        self._fail_with(delivery, error)
        if isinstance(error, PermanentError):
            return DeadLetterDecision(error.reason)
        return retry.after_failure(
            error,
            delivery.attempt,
            self._work.max_attempts,
            self._work.backoff.capped(self._runtime.environment.backoff_cap),
            jitter=self._runtime.jitter(),
            now=self._runtime.now(),
        )

    def scheduled(self, delivery: Delivery, done: DoneDecision) -> DoneDecision | RetryDecision | DeadLetterDecision:
        """Set what it wants scheduled, in its own share of the time; a record that was refused it is not done."""
        runtime = self._runtime
        refused = scheduler.apply_changes(
            runtime.client("scheduler"), runtime.environment, done.changes, has_time=runtime.budget.allows_call
        )
        return self._refusal(delivery, "EventBridge Scheduler did not take", refused) if refused else done

    def settle(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Send all that is to be sent for them, and tell of each; gives those that stay on the queue as they are."""
        self._publish([delivery for delivery in deliveries if isinstance(delivery.fate, DoneDecision)])
        unsent = self._send_back(deliveries)
        return unsent + self._dead_letter(deliveries)

    def report(self, delivery: Delivery, outcome: Outcome, **more: Any) -> None:
        """Write its line."""
        # How late one is that a person sent back says when that was, not how fast the system is.
        since = delivery.message.timestamp if delivery.message and not delivery.history.redriven else None
        self._observer.outcome(outcome, at=self._runtime.now(), since=since, **delivery.fields(), **more)

    def _publish(self, done: Sequence[Delivery]) -> None:
        """Put on the bus what the batch wants published; a record one of whose entries is refused is not done."""
        if not done:
            return
        bus = self._runtime.environment.event_bus_name
        entries = [entry for delivery in done for entry in _entries(delivery)]
        receipts = iter(outbox.publish(self._runtime.client("events"), bus, entries))
        for delivery in done:
            refusals = [receipt for receipt in islice(receipts, len(_entries(delivery))) if receipt]
            if refusals:
                worst = max(refusals, key=lambda refused: refused.is_permanent)
                delivery.fate = self._refusal(delivery, "EventBridge did not take", worst)
            elif isinstance(delivery.fate, DoneDecision):
                self.report(delivery, delivery.fate.outcome)

    def _refusal(self, delivery: Delivery, who: str, refused: RefusedEntry) -> RetryDecision | DeadLetterDecision:
        _fail(delivery, "FollowUpRefused", f"{who} what follows: {refused.code}")
        jitter = self._runtime.jitter()
        return retry.after_refusal(refused, delivery.attempt, delivery.history.deferrals, jitter)

    def _send_back(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Send the copies of what must run again; those whose copy was refused for now stay on the queue."""
        copies = []
        for delivery in deliveries:
            if isinstance(delivery.fate, RetryDecision):
                try:
                    body = self._work.copy_body(delivery.record.body, delivery.fate.attempts)
                    copies.append((delivery, delivery.fate, copy_of(delivery, delivery.fate, body)))
                except ValueError as error:
                    _fail(delivery, "Unwritable", f"cannot be written as another attempt: {error}")
                    delivery.fate = DeadLetterDecision(Reason.INVALID_JSON)
        unsent = []
        queue = self._runtime.environment.queue_url
        for (delivery, again, _), receipt in zip(copies, self._send(queue, [c for *_, c in copies]), strict=True):
            if receipt and receipt.is_permanent:
                _fail(delivery, "CopyRefused", f"SQS did not take its copy: {receipt.code}")
                delivery.fate = DeadLetterDecision(Reason.TOO_LARGE if receipt.too_large else Reason.PERMANENT)
                continue
            if receipt:
                unsent.append(delivery)
            self.report(delivery, again.outcome, delay=again.delay, copy_refused=receipt and receipt.code)
        return unsent

    def _dead_letter(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Park the dead letters; those that the dead-letter queue did not take stay on the queue."""
        now = self._runtime.now()
        letters = [
            DeadLetterRecord(
                delivery,
                dead_letter.failure_history_of(delivery, delivery.fate, self._work.service, self._context, now=now),
            )
            for delivery in deliveries
            if isinstance(delivery.fate, DeadLetterDecision)
        ]
        unsent: list[DeadLetterRecord] = []
        parked: list[DeadLetterRecord] = []
        receipts = self._send(self._runtime.environment.dead_letter_queue_url, [letter.entry for letter in letters])
        for letter, receipt in zip(letters, receipts, strict=True):
            (unsent if receipt else parked).append(letter)
            outcome = Outcome.RETRYING if receipt else Outcome.DEAD_LETTERED
            story = letter.biography
            refused = receipt and receipt.code
            self.report(
                letter.delivery, outcome, reason=story.reason, fingerprint=story.fingerprint, letter_refused=refused
            )
        if parked:
            tell(
                parked,
                service=self._work.service,
                runtime=self._runtime,
                context=self._context,
                observer=self._observer,
            )
        return [letter.delivery for letter in unsent]

    def _send(self, queue_url: str, entries: Sequence[QueueEntry]) -> list[Receipt]:
        return outbox.send(self._runtime.client("sqs"), queue_url, entries) if entries else []

    def _fail_with(self, delivery: Delivery, error: Exception) -> None:
        """Remember an exception, and enter the attempt in the history."""
        failure = self._know(delivery, error, dead_letter.innermost_own_frame(error))
        if delivery.started_at is None:
            return
        delivery.history = delivery.history.failed(
            Attempt(
                attempt=delivery.attempt,
                error=failure.error,
                message=failure.text,
                at=timestamp(delivery.started_at),
                duration_ms=delivery.duration_ms,
                function_version=self._context.function_version,
                request_id=self._context.aws_request_id,
            )
        )

    @staticmethod
    def _know(delivery: Delivery, error: Exception, frame: str = "") -> Failure:
        """Remember what it says, as far as that may be told."""
        from lambdas.common.redaction.exceptions import safe_message  # a batch with follow-ups fails seldom

        delivery.failure = Failure(type(error).__name__, safe_message(error, delivery.record.body), frame)
        return delivery.failure


def _fail(delivery: Delivery, error: str, text: str) -> None:
    """Remember what went wrong, redacted."""
    delivery.failure = Failure(error, redact(text, delivery.record.body))


def _entries(delivery: Delivery) -> Sequence[BusEntry]:
    return delivery.fate.entries if isinstance(delivery.fate, DoneDecision) else ()
