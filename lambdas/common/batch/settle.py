"""Settle a batch: send what the decisions about its records ask for, and report each outcome."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from lambdas.common.batch import dead_letter
from lambdas.common.batch.alerts import DeadLetterRecord, publish_alerts
from lambdas.common.batch.decide import Decider, set_failure
from lambdas.common.batch.decision import DeadLetterDecision, DoneDecision, RetryDecision
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.batch.work import Work
from lambdas.common.budget import Context
from lambdas.common.clients import outbox
from lambdas.common.clients.outbox import MAX_BYTES, BusEntry, QueueEntry, Receipt
from lambdas.common.runtime import Runtime
from schemas.destinations import PUT_EVENTS
from schemas.names import HISTORY_ATTRIBUTE
from schemas.reasons import Outcome, Reason


def copy_of(delivery: Delivery, decision: RetryDecision, body: str) -> QueueEntry:
    """The copy that runs later. Where the body leaves too little room, the history is cut.

    A suspect that was not begun remains one. One that was begun came to an outcome, and its crashes are attempts.
    """
    suspect = delivery.begins is None and delivery.is_suspect
    history = replace(delivery.history, not_before=decision.not_before, noted_as=delivery.noted_as if suspect else "")
    entry = QueueEntry(body, delivery.group, decision.delay, {HISTORY_ATTRIBUTE: history.to_json()})
    if entry.size <= MAX_BYTES:
        return entry
    waits = tuple(replace(wait, why="") for wait in history.waits[:1])  # since when it waits decides how long it may
    brief = replace(history, attempts=(), earlier=(), producer_attributes={}, waits=waits)
    return replace(entry, attributes={HISTORY_ATTRIBUTE: brief.to_json()})


class Settlement:
    """Carries out the decisions about the records of one batch."""

    def __init__(self, work: Work, runtime: Runtime, context: Context, telemetry: Telemetry) -> None:
        """Settle batches of this work."""
        self._work = work
        self._runtime = runtime
        self._context = context
        self._telemetry = telemetry

    def settle(self, deliveries: Sequence[Delivery], *, delete: bool = False) -> list[Delivery]:
        """Send follow-ups, copies and dead letters. Return the deliveries whose copy or dead letter SQS refused.

        An unread record is not dead-lettered where SQS refuses its copy for good: it stays, and SQS delivers it again.

        With `delete`, the others are deleted from the queue at once, not when the invocation ends.
        """
        self._publish([delivery for delivery in deliveries if isinstance(delivery.decision, DoneDecision)])
        unsent = self._send_copies(deliveries)
        unsent += self._send_dead_letters(deliveries)
        if delete:
            handles = [delivery.receipt_handle for delivery in deliveries if delivery not in unsent]
            outbox.delete(self._runtime.client("sqs"), self._runtime.environment.queue_url, handles)
        return unsent

    def _publish(self, done: Sequence[Delivery]) -> None:
        """Put follow-ups on the bus; where EventBridge refuses one, its record is not done."""
        entries = [entry for delivery in done for entry in _entries(delivery)]
        bus = self._runtime.environment.event_bus_name
        receipts = outbox.publish(self._runtime.client("events"), bus, entries) if entries else []
        if not all(receipts):  # EventBridge took some
            self._runtime.worked(PUT_EVENTS, certainly=any(receipts))
        found = iter(receipts)
        for delivery in done:
            refusals = [receipt for receipt in islice(found, len(_entries(delivery))) if receipt]
            if refusals:
                worst = max(refusals, key=lambda refused: refused.is_permanent)
                decider = Decider(self._work, self._runtime, self._context)
                delivery.decision = decider.after_refusal(delivery, worst, PUT_EVENTS)
            elif isinstance(delivery.decision, DoneDecision):
                self._telemetry.report(delivery, delivery.decision.outcome)

    def _send_copies(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        copies = []
        for delivery in deliveries:
            if isinstance(delivery.decision, RetryDecision):
                try:
                    body, attempts = delivery.body, delivery.decision.attempts
                    if attempts != delivery.first:  # else the body need not be parsed
                        body = self._work.copy_body(body, attempts)
                    copies.append((delivery, delivery.decision, copy_of(delivery, delivery.decision, body)))
                except ValueError as error:
                    set_failure(delivery, "Unwritable", f"cannot be written as another attempt: {error}")
                    delivery.decision = DeadLetterDecision(Reason.INVALID_JSON)
        unsent = []
        receipts = self._send(self._runtime.environment.queue_url, [copy for *_, copy in copies])
        for (delivery, decision, _), receipt in zip(copies, receipts, strict=True):
            if receipt and receipt.is_permanent and not delivery.unread:
                set_failure(delivery, "CopyRefused", f"SQS did not take its copy: {receipt.code}")
                delivery.decision = DeadLetterDecision(Reason.TOO_LARGE if receipt.too_large else Reason.PERMANENT)
                continue
            if receipt:
                unsent.append(delivery)
                self._take_back(delivery, decision)
            self._telemetry.report(
                delivery, decision.outcome, delay=decision.delay, copy_refused=receipt and receipt.code
            )
        return unsent

    def _take_back(self, delivery: Delivery, decision: RetryDecision) -> None:
        """Take back the note of a begin that spent no attempt: the message comes back, and did not crash."""
        if delivery.begins and decision.outcome is Outcome.DEFERRED:
            from lambdas.common.batch.redelivery import notes_of  # only a begin of a message that came back is noted

            notes_of(self._work, self._runtime).take_back(delivery.noted_as, delivery.receipt_handle)

    def _send_dead_letters(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        now = self._runtime.now()
        service, version = self._work.service, self._runtime.environment.code_version
        records = [
            DeadLetterRecord(
                delivery,
                dead_letter.failure_history_of(
                    delivery, delivery.decision, service, self._context, version=version, now=now
                ),
            )
            for delivery in deliveries
            if isinstance(delivery.decision, DeadLetterDecision)
        ]
        unsent: list[Delivery] = []
        sent: list[DeadLetterRecord] = []
        receipts = self._send(self._runtime.environment.dead_letter_queue_url, [record.entry for record in records])
        for record, receipt in zip(records, receipts, strict=True):
            if receipt:
                unsent.append(record.delivery)
            else:
                sent.append(record)
            self._telemetry.report(
                record.delivery,
                Outcome.RETRYING if receipt else Outcome.DEAD_LETTERED,
                reason=record.history.reason,
                fingerprint=record.history.fingerprint,
                letter_refused=receipt and receipt.code,
            )
        if sent:
            publish_alerts(
                sent, service=service, runtime=self._runtime, context=self._context, telemetry=self._telemetry
            )
        return unsent

    def _send(self, queue_url: str, entries: Sequence[QueueEntry]) -> list[Receipt]:
        return outbox.send(self._runtime.client("sqs"), queue_url, entries) if entries else []


def _entries(delivery: Delivery) -> Sequence[BusEntry]:
    return delivery.decision.entries if isinstance(delivery.decision, DoneDecision) else ()
