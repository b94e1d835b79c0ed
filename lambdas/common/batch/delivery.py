"""One delivery of one SQS message to a function, from its arrival to its outcome."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from lambdas.common.batch.decision import DoneDecision
from schemas.message import AnyMessage
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.decision import Decision
    from lambdas.common.batch.history import MessageHistory
    from schemas.claims import Claims


MILLISECOND = timedelta(milliseconds=1)

_NOT_DONE = DoneDecision(Outcome.RETRYING)


class SqsRecord(TypedDict):
    """The parts of a record of Lambda's SQS event that are read here."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: dict[str, str]
    messageAttributes: dict[str, Any]


class SqsEvent(TypedDict):
    """The event that Lambda's event source mapping for SQS passes to a function."""

    Records: list[SqsRecord]


class Failure(NamedTuple):
    """An error, redacted so that it may be logged."""

    error: str
    """The exception's class, or the reason of a refusal."""

    text: str
    frame: str = ""
    """The innermost frame of our own code, as `module:function`."""

    place: str = ""
    """Where a refused message has its first problem, as a name that all messages with that mistake share."""


class Delivery:
    """One delivery of an SQS message. Rarely needed parts are parsed when they are first read."""

    message: AnyMessage | None = None
    """The validated message; None until it was read, or where the body is no valid message."""

    attempt = 1
    """The attempt number of this delivery."""

    started_at: datetime | None = None
    """When the handler began; None where it was not run."""

    ended_at: datetime | None = None
    decision: "Decision | None" = None
    failure: Failure | None = None
    _history: "MessageHistory | None" = None
    _claims: "Claims | None" = None

    def __init__(self, record: SqsRecord) -> None:
        """Take over a record as Lambda passed it."""
        self._record = record
        self.body = record["body"]
        self.sqs_message_id = record["messageId"]
        self.is_fresh = record["attributes"]["ApproximateReceiveCount"] == "1" and not record.get("messageAttributes")
        """Whether this is a first delivery without attributes: nothing can have happened to the message before."""

    @property
    def receive_count(self) -> int:
        """SQS's count of the deliveries so far, this one included."""
        return int(self._record["attributes"]["ApproximateReceiveCount"])

    @property
    def receipt_handle(self) -> str:
        """SQS's name for this delivery; deleting the message takes it."""
        return self._record["receiptHandle"]

    @property
    def history(self) -> "MessageHistory":
        """The message's history: what came with it, and what this delivery added."""
        if self._history is None:
            from lambdas.common.batch.history import history_of  # a fresh message has none

            attributes = self._record.get("messageAttributes") or {}
            self._history = history_of(attributes, sent_at_ms=int(self._record["attributes"]["SentTimestamp"]))
        return self._history

    @history.setter
    def history(self, history: "MessageHistory") -> None:
        self._history = history

    @property
    def known(self) -> "AnyMessage | Claims":
        """The message, or the ids that an invalid body claims."""
        if self.message:
            return self.message
        if self._claims is None:
            from schemas.claims import claims  # most bodies are messages

            self._claims = claims(self.body)
        return self._claims

    @property
    def group(self) -> str | None:
        """The SQS message group of copies and dead letters: the tenant, else the group that the record came with."""
        return self.known.company_id or self._record["attributes"].get("MessageGroupId")

    @property
    def duration_ms(self) -> int:
        """Milliseconds that the handler ran; 0 where it was not run."""
        return (self.ended_at - self.started_at) // MILLISECOND if self.started_at and self.ended_at else 0

    def fields(self) -> dict[str, Any]:
        """The fields of the delivery's log line: ids and figures, empty where they say nothing."""
        known = self.known
        done = self.decision if isinstance(self.decision, DoneDecision) else _NOT_DONE
        failure = self.failure
        receive_count = self.receive_count
        return {
            "type": known.type,
            "source": "" if self.message else known.source,
            "id": known.id,
            "company_id": known.company_id,
            "correlation_id": known.correlation_id,
            "causation_id": self.message.causation_id if self.message else None,
            "attempt": self.attempt,
            "receive_count": receive_count if receive_count > 1 else None,
            "redriven": self.history.redriven or None,
            "sqs_message_id": self.sqs_message_id,
            "duration_ms": self.duration_ms,
            "follow_ups": [entry.id for entry in done.entries if entry.id != known.id],
            "scheduled": [{"key": change.key, "id": change.to.id} for change in done.changes if change.to],
            "unscheduled": [change.key for change in done.changes if not change.to],
            "left_out": done.left_out,
            "error": failure.error if failure else "",
            "detail": failure.text if failure else self._skip_text(done),
            "frame": failure.frame if failure else "",
        }

    def _skip_text(self, done: DoneDecision) -> str:
        if done.skip is None:
            return ""
        from lambdas.common.redaction.exceptions import safe_message  # the ordinary line is written without it

        return safe_message(done.skip, self.body)
