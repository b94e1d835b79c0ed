"""Send the messages of a batch, up to ten entries and 1 MB a call, with one receipt per entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

MAX_ENTRIES = 10
"""Entries per call (SQS SendMessageBatch, EventBridge PutEvents)."""

MAX_BYTES = 1_048_576
"""Limit of an SQS message and of a whole SQS batch; a PutEvents request must be smaller."""

TOO_LARGE = "TooLarge"

PERMANENT_CODES = {
    "InvalidArgument",
    "InvalidAttributeValue",
    "InvalidMessageContents",
    "InvalidParameterValue",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "SerializationException",
    "ValidationException",
}
"""Error codes that AWS would return again for the same entry. All others count as temporary."""


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

    @property
    def too_large(self) -> bool:
        """Whether the entry was not sent because it alone exceeds the size limit."""
        return self.code == TOO_LARGE


Receipt = RefusedEntry | None
"""The result for one entry; None if AWS accepted it."""


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
        return {
            int(failed["Id"]): RefusedEntry(failed["Code"], is_permanent=failed["Code"] in PERMANENT_CODES)
            for failed in response.get("Failed", ())
        }

    return _send_in_batches(entries, call, limit=MAX_BYTES)


def delete(sqs: _SqsClient, queue_url: str, receipt_handles: Sequence[str]) -> None:
    """Delete messages before their batch ends. A message that SQS fails to delete is delivered and settled again."""
    from botocore.exceptions import BotoCoreError, ClientError

    for begin in range(0, len(receipt_handles), MAX_ENTRIES):
        batch = receipt_handles[begin : begin + MAX_ENTRIES]
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)]
        with suppress(BotoCoreError, ClientError):
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
        return {
            number: RefusedEntry(code, is_permanent=code in PERMANENT_CODES)
            for number, result in enumerate(response["Entries"])
            if (code := result.get("ErrorCode"))
        }

    return _send_in_batches(entries, call, limit=MAX_BYTES - 1)


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


def _send_in_batches(entries: Sequence[E], call: _Call[E], *, limit: int) -> list[Receipt]:
    receipts: list[Receipt] = [
        RefusedEntry(TOO_LARGE, is_permanent=True) if entry.size > limit else None for entry in entries
    ]
    for batch in _batches([number for number, receipt in enumerate(receipts) if not receipt], entries, limit):
        for number, refused in _send_batch(batch, entries, call):
            receipts[number] = refused
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


def _send_batch(batch: Sequence[int], entries: Sequence[E], call: _Call[E]) -> Iterator[tuple[int, RefusedEntry]]:
    """Make one call; if AWS refuses the whole call permanently, send each entry alone to find the one at fault."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        refusals = call([entries[number] for number in batch])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        refused = RefusedEntry(code, is_permanent=code in PERMANENT_CODES)
        if refused.is_permanent and len(batch) > 1:
            for number in batch:
                yield from _send_batch([number], entries, call)
        else:
            yield from ((number, refused) for number in batch)
    except BotoCoreError as error:  # no response: network, timeout, missing credentials
        yield from ((number, RefusedEntry(type(error).__name__, is_permanent=False)) for number in batch)
    else:
        yield from ((batch[position], refused) for position, refused in refusals.items())
