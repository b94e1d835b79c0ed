"""Send the messages of a batch, up to ten entries and 1 MB a call, with one receipt per entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from lambdas.common.clients.aws import aws_exceptions
from schemas.destinations import PUT_EVENTS, Route
from schemas.names import SOURCE

if TYPE_CHECKING:
    from datetime import datetime

    from lambdas.common.runtime import Runtime
    from schemas.event_type import EventType
    from schemas.message import AnyMessage
    from schemas.wire import Payload

MAX_ENTRIES = 10
"""Entries per call (SQS SendMessageBatch, EventBridge PutEvents)."""

MAX_BYTES = 1_048_576
"""Limit of an SQS message and of a whole SQS batch; a PutEvents request must be smaller."""

TOO_LARGE = "TooLarge"
_NO_RECEIPT = "NoReceipt"
"""For an entry of which the response says nothing. It is sent again."""

_SEND = "sqs:SendMessageBatch"
_PUT = "events:PutEvents"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One SQS message to send."""

    body: str
    group: str | None = None
    """The message group: the company id."""

    delay: int = 0
    """Seconds."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    """String attributes, ASCII."""

    @property
    def size(self) -> int:
        """Bytes by SQS's count: the body, and each attribute's name, type and value."""
        attributes = sum(len(name) + len("String") + len(value) for name, value in self.attributes.items())
        return _utf8_bytes(self.body) + attributes


@dataclass(frozen=True, slots=True)
class BusEntry:
    """One event to put on the bus."""

    id: str
    type: str
    source: str
    body: str
    """The whole message: the event's `detail`."""

    @property
    def size(self) -> int:
        """Bytes by EventBridge's count (User Guide, "Calculating PutEvents event entry size")."""
        return len(self.source) + len(self.type) + _utf8_bytes(self.body)


def _utf8_bytes(text: str) -> int:
    """Length in UTF-8. Half a surrogate pair counts as three bytes here; AWS is the one to refuse it."""
    return len(text.encode(errors="surrogatepass"))


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """AWS's refusal of one entry."""

    code: str
    is_permanent: bool
    """Whether the entry is at fault: AWS would refuse it again."""

    is_done: bool = False
    """Whether there is nothing to do, such as a schedule to delete that does not exist."""

    throttled: bool = False
    to_do: str = ""
    """What people have to do, where it is ours to mend; else empty."""

    @property
    def too_large(self) -> bool:
        """Whether the entry was not sent because it alone exceeds the size limit."""
        return self.code == TOO_LARGE


Receipt = RefusedEntry | None
"""The result for one entry; None if AWS accepted it."""


def refused(by: Exception | str, operation: str) -> RefusedEntry:
    """Return the refusal of an entry, or of a whole call.

    Args:
        by: AWS's code for the entry, or the exception of the call, one of `aws_exceptions`.
        operation: what was called, such as `sqs:SendMessageBatch`.
    """
    from lambdas.common.clients.aws_codes import Meaning  # AWS takes most
    from lambdas.common.clients.aws_errors import failure_of, refusal_of

    failure = refusal_of(by, operation) if isinstance(by, str) else failure_of(by, operation)
    return RefusedEntry(
        failure.code,
        is_permanent=failure.meaning is Meaning.FAULT,
        is_done=failure.meaning is Meaning.DONE,
        throttled=failure.meaning is Meaning.THROTTLED,
        to_do=failure.to_do,
    )


class _SqsClient(Protocol):
    """The methods of boto3's SQS client that this module calls."""

    @property
    def send_message_batch(self) -> Callable[..., Any]: ...
    @property
    def delete_message_batch(self) -> Callable[..., Any]: ...


class _EventsClient(Protocol):
    """The methods of boto3's EventBridge client that this module calls."""

    @property
    def put_events(self) -> Callable[..., Any]: ...


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


E = TypeVar("E", bound=_Sized)
_Call = Callable[[Sequence[E]], Mapping[int, RefusedEntry]]


def send(sqs: _SqsClient, queue_url: str, entries: Sequence[QueueEntry]) -> list[Receipt]:
    """Send messages to one queue and return a receipt for each, in order."""

    def call(batch: Sequence[QueueEntry]) -> Mapping[int, RefusedEntry]:
        response = sqs.send_message_batch(
            QueueUrl=queue_url, Entries=[_sqs_entry(number, entry) for number, entry in enumerate(batch)]
        )
        taken = {int(each["Id"]) for each in response.get("Successful", ())}
        codes = {int(each["Id"]): each["Code"] for each in response.get("Failed", ())}
        return {
            number: refused(codes.get(number, _NO_RECEIPT), _SEND)
            for number in range(len(batch))
            if number not in taken
        }

    return _send_in_batches(entries, call, _SEND, limit=MAX_BYTES)


def delete(sqs: _SqsClient, queue_url: str, receipt_handles: Sequence[str]) -> None:
    """Delete messages before their batch ends. A message that SQS fails to delete is delivered and settled again."""
    for begin in range(0, len(receipt_handles), MAX_ENTRIES):
        batch = receipt_handles[begin : begin + MAX_ENTRIES]
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)]
        with suppress(*aws_exceptions()):
            sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def publish(events: _EventsClient, bus_name: str, entries: Sequence[BusEntry]) -> list[Receipt]:
    """Put events on the bus and return a receipt for each, in order."""

    def call(batch: Sequence[BusEntry]) -> Mapping[int, RefusedEntry]:
        response = events.put_events(
            Entries=[
                {"EventBusName": bus_name, "Source": entry.source, "DetailType": entry.type, "Detail": entry.body}
                for entry in batch
            ]
        )
        results = response.get("Entries") or [{}] * len(batch)
        return {
            number: refused(result.get("ErrorCode") or _NO_RECEIPT, _PUT)
            for number, result in enumerate(results)
            if "EventId" not in result
        }

    return _send_in_batches(entries, call, _PUT, limit=MAX_BYTES - 1)


class EventBus:
    """The stage's bus, for a job that publishes what it found out. A reaction returns follow-ups instead."""

    need: ClassVar[None] = None
    """None: every function may use the bus."""

    def __init__(
        self, events: _EventsClient, name: str, worked: Callable[[Route], object] = lambda _route: None
    ) -> None:
        """Use the bus of a name, by boto3's client `events`; `worked` is called after each call that succeeded."""
        self._events = events
        self._name = name
        self._worked = worked

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Use the stage's bus."""
        return cls(runtime.client("events"), runtime.environment.event_bus_name, runtime.worked)

    def publish(  # noqa: PLR0913 all that a message has
        self,
        event_type: "EventType[Any]",
        payload: "Payload",
        parent: "AnyMessage",
        *,
        id: str,  # noqa: A002 the field's name
        causation_id: str | None,
        now: "datetime",
    ) -> Receipt:
        """Put a message of a job's chain on the bus, and return the bus's refusal; None: it took the message.

        Args:
            event_type: its type, which the job's type emits.
            payload: its payload.
            parent: the job's message.
            id: the same for the same fact, so that the receiving job works once.
            causation_id: the parent's id; None where any other message could have led to the same fact. Messages with
                one id and two causes would be an id conflict.
            now: its timestamp.
        """
        message = event_type.message_model(
            id=id,
            type=event_type.name,
            version=event_type.version,
            source=SOURCE,
            correlation_id=parent.correlation_id,
            causation_id=causation_id,
            hops=parent.hops + 1,
            timestamp=now,
            attempts=1,
            payload=payload,
        )
        body = message.model_dump_json(by_alias=True, ensure_ascii=True)
        (receipt,) = publish(self._events, self._name, [BusEntry(id, event_type.name, SOURCE, body)])
        if not receipt:
            self._worked(PUT_EVENTS)
        return receipt


def _sqs_entry(number: int, entry: QueueEntry) -> dict[str, Any]:
    request: dict[str, Any] = {"Id": str(number), "MessageBody": entry.body}
    if entry.group:
        request["MessageGroupId"] = entry.group
    if entry.delay:
        request["DelaySeconds"] = entry.delay
    if entry.attributes:
        request["MessageAttributes"] = {
            name: {"DataType": "String", "StringValue": value} for name, value in entry.attributes.items()
        }
    return request


def _send_in_batches(entries: Sequence[E], call: _Call[E], operation: str, *, limit: int) -> list[Receipt]:
    receipts: list[Receipt] = [
        RefusedEntry(TOO_LARGE, is_permanent=True) if entry.size > limit else None for entry in entries
    ]
    for batch in _batches([number for number, receipt in enumerate(receipts) if not receipt], entries, limit):
        for number, receipt in _send_batch(batch, entries, call, operation):
            receipts[number] = receipt
    return receipts


def _batches(numbers: Sequence[int], entries: Sequence[E], limit: int) -> Iterator[list[int]]:
    batch: list[int] = []
    size = 0
    for number in numbers:
        if batch and (len(batch) == MAX_ENTRIES or size + entries[number].size > limit):
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += entries[number].size
    if batch:
        yield batch


def _send_batch(
    batch: Sequence[int], entries: Sequence[E], call: _Call[E], operation: str
) -> Iterator[tuple[int, RefusedEntry]]:
    """Make one call; if AWS refuses the whole call permanently, send each entry alone to find the one at fault."""
    try:
        refusals = call([entries[number] for number in batch])
    except aws_exceptions() as error:
        refusal = refused(error, operation)
        if refusal.is_permanent and len(batch) > 1:
            for number in batch:
                yield from _send_batch([number], entries, call, operation)
        else:
            yield from ((number, refusal) for number in batch)
    else:
        yield from ((batch[position], refusal) for position, refusal in refusals.items())
