"""One delivery of one SQS message to a function, from its arrival to its outcome."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from lambdas.common.batch.decision import DoneDecision
from schemas.message import AnyMessage
from schemas.reasons import MessageGroup, Outcome
from schemas.wire import timestamp

if TYPE_CHECKING:
    from lambdas.common.batch.decision import Decision
    from lambdas.common.batch.history import MessageHistory
    from lambdas.common.clients.begins import Begins
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

    destination: str = ""
    """The system that was unavailable, if that is the failure."""

    place: str = ""
    """Where a refused message has its first problem, as a name that all messages with that mistake share."""


class Delivery:
    """One delivery of an SQS message. Rarely needed parts are parsed when they are first read."""

    message: AnyMessage | None = None
    """The validated message; None until it was read, or where the body is no valid message."""

    first = 1
    """The attempt number with which the SQS message came."""

    attempt = 1
    """The attempt number of this delivery: `first`, and the crashes since."""

    unread = False
    """Whether this delivery ends without its body being read: reading may be what ends the process."""

    begins: "Begins | None" = None
    """The noted begins, this one included; None where this begin was not noted."""

    believed_senders = ""
    """Unique ids of the senders whose attribute `history` is believed, separated by commas; empty: of any sender."""

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
        attributes = record["attributes"]
        self.is_fresh = attributes["ApproximateReceiveCount"] == "1" and not record.get("messageAttributes")
        """Whether this is a first delivery without attributes: nothing can have happened to the message before."""

        self.received_group = attributes.get("MessageGroupId")
        """The SQS message group that the record came with."""

    @property
    def receive_count(self) -> int:
        """SQS's count of the deliveries so far, this one included."""
        return int(self._record["attributes"]["ApproximateReceiveCount"])

    @property
    def receipt_handle(self) -> str:
        """SQS's name for this delivery, which no other has; deleting the message takes it."""
        return self._record["receiptHandle"]

    @property
    def history(self) -> "MessageHistory":
        """The message's history: what came with it, and what this delivery added."""
        if self._history is None:
            from lambdas.common.batch.history import history_of  # a fresh message has none

            attributes = self._record.get("messageAttributes") or {}
            self._history = history_of(
                attributes,
                sent_at_ms=int(self._record["attributes"]["SentTimestamp"]),
                sender=self.sender,
                believed=not self.believed_senders or self.sender in self.believed_senders.split(","),
            )
        return self._history

    @history.setter
    def history(self, history: "MessageHistory") -> None:
        self._history = history

    @property
    def sender(self) -> str:
        """The unique id of the user, role or account that sent this SQS message, as SQS says.

        Source: SQS's API reference, ReceiveMessage, `SenderId`; a role's is followed by its session, `AROA…:session`.
        """
        return self._record["attributes"].get("SenderId", "").partition(":")[0]

    def was_first_sent_by(self, senders: str) -> bool:
        """Whether one of these senders put the message on the queue; unique ids, separated by commas.

        The sender of a copy is this function's role: the copy's history names the first sender.
        """
        first = self.sender if self.is_fresh else self.history.sender or self.sender
        return first in senders.split(",")

    @property
    def is_suspect(self) -> bool:
        """Whether the message came back, so that it may have ended a process: it runs without neighbours."""
        return self.receive_count > 1 or bool(self.history.noted_as)

    @property
    def noted_as(self) -> str:
        """The SQS message id under which begins are noted; its copies keep it until one came to an outcome."""
        return self.history.noted_as or self.sqs_message_id

    @property
    def known(self) -> "AnyMessage | Claims":
        """The message, or the ids that an invalid body claims."""
        return self.message or self.claims

    @property
    def claims(self) -> "Claims":
        """The ids that the body claims, of a message that is refused; none of a body that is not read."""
        if self._claims is None:
            from schemas.claims import Claims, claims  # most bodies are messages

            self._claims = Claims() if self.unread else claims(self.body)
        return self._claims

    @property
    def group(self) -> str | None:
        """The SQS message group of copies and dead letters: the tenant, else the group that the record came with."""
        return self.known.company_id or self.received_group

    @property
    def message_group(self) -> MessageGroup | None:
        """Whether the record came with its tenant as message group; None where its body names no tenant."""
        company_id = self.known.company_id
        if not company_id:
            return None
        if self.received_group == company_id:
            return MessageGroup.TENANT
        return MessageGroup.ANOTHER if self.received_group else MessageGroup.NONE

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
            "correlation_id": known.correlation_id if known.correlation_id != known.id else "",  # its default
            "causation_id": self.message.causation_id if self.message else None,
            "attempt": None if self.unread else self.attempt,
            "receive_count": receive_count if receive_count > 1 else None,
            "redriven": self.history.redriven or None,
            "sqs_message_id": self.sqs_message_id,
            "duration_ms": self.duration_ms,
            "follow_ups": [entry.id for entry in done.entries if entry.id != known.id],
            "scheduled": [
                {"key": change.key, "id": change.to.id, "at": timestamp(change.to.at)}
                for change in done.changes
                if change.to
            ],
            "unscheduled": [change.key for change in done.changes if not change.to],
            "left_out": done.left_out,
            "error": failure.error if failure else "",
            "detail": failure.text if failure else self._done_text(done),
            "frame": failure.frame if failure else "",
            "destination": failure.destination if failure else "",
        }

    @property
    def is_skipped_by_answer(self) -> bool:
        """Whether the message is skipped by what another system answers."""
        skip = self.decision.skip if isinstance(self.decision, DoneDecision) else None
        return skip is not None and skip.is_answer

    def _done_text(self, done: DoneDecision) -> str:
        if done.skip is None:
            return _without_addresses(done.note) if done.note else ""
        from lambdas.common.redaction.exceptions import safe_message  # the ordinary line is written without it

        return safe_message(done.skip, self.body)


def _without_addresses(note: str) -> str:
    """Return a note without what looks personal: the event that it repeats may be another service's."""
    from lambdas.common.redaction.text import redact  # few reactions leave a note

    return redact(note, body="")
