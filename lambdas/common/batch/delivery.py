"""One record's way through a batch: what is known of it and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.common.batch.record import Record
from schemas.message import AnyMessage
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.history import MessageHistory
    from lambdas.common.batch.retry import DeadLetterDecision, RetryDecision
    from lambdas.common.clients.outbox import BusEntry
    from lambdas.common.clients.scheduler import ScheduleChange
    from lambdas.common.errors import Skip
    from schemas.claims import Claims


MILLISECOND = timedelta(milliseconds=1)


class DoneDecision(NamedTuple):
    """Its work is done, or there was none; what it wants published still is to be."""

    outcome: Outcome
    entries: "Sequence[BusEntry]" = ()
    changes: "Sequence[ScheduleChange]" = ()
    """Of what is scheduled."""

    why: "Skip | None" = None
    """There was nothing to do; what it says is not yet redacted."""


_NOT_DONE = DoneDecision(Outcome.RETRYING)


class Failure(NamedTuple):
    """What went wrong, in words that may be logged."""

    error: str
    text: str
    frame: str = ""
    """The innermost of our own code."""


class Delivery:
    """One record, from its arrival to its outcome."""

    message: AnyMessage | None = None
    attempt = 1
    """Which attempt it is, or was to be."""

    started_at: datetime | None = None
    """When its handler began."""

    ended_at: datetime | None = None
    fate: "DoneDecision | RetryDecision | DeadLetterDecision | None" = None
    failure: Failure | None = None
    _history: "MessageHistory | None" = None
    _claims: "Claims | None" = None

    def __init__(self, record: Record) -> None:
        """A delivery of which nothing is known yet but its record."""
        self.record = record

    @property
    def history(self) -> "MessageHistory":
        """What happened to the message: what came with it, and since this delivery began."""
        return self._history or self.record.history

    @history.setter
    def history(self, history: "MessageHistory") -> None:
        self._history = history

    @property
    def known(self) -> "AnyMessage | Claims":
        """The message, or what its body claims where it is none."""
        if self.message:
            return self.message
        if self._claims is None:
            from schemas.claims import claims  # most bodies are messages

            self._claims = claims(self.record.body)
        return self._claims

    @property
    def group(self) -> str | None:
        """The SQS message group of what is sent on for it: its tenant."""
        return self.known.company_id or self.record.group

    @property
    def duration_ms(self) -> int:
        """How long its handler ran; 0 where it did not."""
        return (self.ended_at - self.started_at) // MILLISECOND if self.started_at and self.ended_at else 0

    def fields(self) -> dict[str, Any]:
        """What its log line says of it: ids and figures. What goes without saying is left empty."""
        known = self.known
        done = self.fate if isinstance(self.fate, DoneDecision) else _NOT_DONE
        failure = self.failure
        receive_count = self.record.receive_count
        return {
            "type": known.type,
            "id": known.id,
            "company_id": known.company_id,
            "correlation_id": known.correlation_id,
            "causation_id": self.message.causation_id if self.message else None,
            "attempt": self.attempt,
            "receive_count": receive_count if receive_count > 1 else None,
            "redriven": self.history.redriven or None,
            "sqs_message_id": self.record.sqs_message_id,
            "duration_ms": self.duration_ms,
            "follow_ups": [entry.id for entry in done.entries if entry.id != known.id],
            "scheduled": [{"key": change.key, "id": change.to.id} for change in done.changes if change.to],
            "unscheduled": [change.key for change in done.changes if not change.to],
            "error": failure.error if failure else "",
            "detail": failure.text if failure else self._why(done),
            "frame": failure.frame if failure else "",
        }

    def _why(self, done: DoneDecision) -> str:
        """Why there was nothing to do, as far as that may be told."""
        if done.why is None:
            return ""
        from lambdas.common.redaction.exceptions import safe_message  # the ordinary line is written without it

        return safe_message(done.why, self.record.body)
