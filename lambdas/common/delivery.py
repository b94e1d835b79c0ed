"""One record's way through a batch: what is known of it, what becomes of it, and how that is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lambdas.common import dead_letter
from lambdas.common.budget import Context
from lambdas.common.dead_letter import Biography
from lambdas.common.outbox import MAX_BYTES, BusEntry, QueueEntry
from lambdas.common.record import Attempt, History, Record, timestamp
from lambdas.common.redaction import redacted
from lambdas.common.retry import Again, Dead
from lambdas.common.scheduling import Change
from schemas.claims import Claims
from schemas.message import AnyMessage
from schemas.names import HISTORY_ATTRIBUTE
from schemas.reasons import Outcome

_NOTHING = Claims()


@dataclass(frozen=True, slots=True)
class Done:
    """Its work is done, or there was none; what it wants published still is to be."""

    outcome: Outcome
    entries: Sequence[BusEntry] = ()
    changes: Sequence[Change] = ()
    """Of what is scheduled."""

    why: str = ""
    """There was nothing to do; not yet redacted."""


_NOT_DONE = Done(Outcome.RETRYING)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in words that may be logged."""

    error: str
    text: str
    frame: str = ""
    """The innermost of our own code."""


@dataclass(slots=True)
class Delivery:
    """One record, from its arrival to its outcome."""

    record: Record
    history: History
    message: AnyMessage | None = None
    claims: Claims = _NOTHING
    """What a refused body says of itself."""

    attempt: int = 1
    started_at: datetime | None = None
    duration_ms: int = 0
    fate: Done | Again | Dead | None = None
    failure: Failure | None = None

    @classmethod
    def of(cls, record: Record) -> "Delivery":
        """A delivery of which nothing is known yet but its record."""
        return cls(record, record.history, attempt=record.receive_count)

    @property
    def known(self) -> AnyMessage | Claims:
        """The message, or what its body claims where it is none."""
        return self.message or self.claims

    @property
    def group(self) -> str | None:
        """The SQS message group of what is sent on for it: its tenant."""
        return self.known.company_id or self.record.group

    def clock(self, started_at: datetime, ended_at: datetime) -> None:
        """Remember when its handler ran."""
        self.started_at = started_at
        self.duration_ms = round((ended_at - started_at).total_seconds() * 1000)

    def fail(self, error: str, text: str, frame: str = "") -> None:
        """Remember what went wrong, redacted."""
        self.failure = Failure(error, redacted(text, self.record.body), frame)

    def fail_with(self, error: Exception, context: Context) -> None:
        """Remember an exception, and enter the attempt in the history."""
        self.fail(type(error).__name__, str(error), dead_letter.innermost_own_frame(error))
        failure = self.failure
        if failure is None or self.started_at is None:
            return
        self.history = self.history.failed(
            Attempt(
                attempt=self.attempt,
                error=failure.error,
                message=failure.text,
                at=timestamp(self.started_at),
                duration_ms=self.duration_ms,
                function_version=context.function_version,
                request_id=context.aws_request_id,
            )
        )

    def copy(self, again: Again, body: str) -> QueueEntry:
        """What is sent back to its own queue. Where the body leaves too little room, the history is cut."""
        waits = again.outcome is Outcome.DEFERRED
        history = replace(
            self.history,
            not_before=again.not_before,
            alone=again.alone or (waits and self.history.alone),
            suspected=again.suspected or (self.history.suspected if waits else 0),
        )
        if again.counted:
            history = history.deferred()
        entry = QueueEntry(body, self.group, again.delay, {HISTORY_ATTRIBUTE: history.to_json()})
        if entry.size <= MAX_BYTES:
            return entry
        brief = replace(history, attempts=(), earlier=(), producer_attributes={})
        return replace(entry, attributes={HISTORY_ATTRIBUTE: brief.to_json()})

    def biography(self, dead: Dead, service: str, context: Context, now: datetime) -> Biography:
        """What there is to tell of its life and its end."""
        failure = self.failure or Failure(dead.reason, "")
        known = self.known
        type_name = known.type or service
        fingerprint = dead_letter.fingerprint(type_name, dead.reason, failure.error, failure.frame)
        return Biography(
            type=type_name,
            id=known.id,
            company_id=known.company_id,
            correlation_id=known.correlation_id,
            reason=dead.reason,
            fingerprint=fingerprint,
            error_class=failure.error,
            message=failure.text,
            frame=failure.frame,
            first_enqueued_at=self.history.first_enqueued_at,
            dead_lettered_at=timestamp(now),
            function=context.function_name,
            function_version=context.function_version,
            request_id=context.aws_request_id,
            attempts=self.history.all_attempts,
            deferrals=self.history.deferrals,
            redriven=self.history.redriven,
            producer_attributes=dict(self.history.producer_attributes),
        )

    def fields(self) -> dict[str, Any]:
        """What its log line says of it: ids and figures."""
        known = self.known
        done = self.fate if isinstance(self.fate, Done) else _NOT_DONE
        failure = self.failure
        why = redacted(done.why, self.record.body) if done.why else ""
        return {
            "type": known.type,
            "id": known.id,
            "company_id": known.company_id,
            "correlation_id": known.correlation_id,
            "causation_id": self.message.causation_id if self.message else None,
            "attempt": self.attempt,
            "receive_count": self.record.receive_count,
            "redriven": self.history.redriven or None,
            "sqs_message_id": self.record.sqs_message_id,
            "duration_ms": self.duration_ms,
            "follow_ups": [entry.id for entry in done.entries if entry.id != known.id],
            "scheduled": [{"key": change.key, "id": change.to.id} for change in done.changes if change.to],
            "unscheduled": [change.key for change in done.changes if not change.to],
            "error": failure.error if failure else "",
            "detail": failure.text if failure else why,
            "frame": failure.frame if failure else "",
        }
