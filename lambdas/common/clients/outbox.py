"""What a batch sends: ten entries and under 1 MB a call, each refusal handed back to the entry that it is about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

MAX_ENTRIES = 10
"""Entries a call (SQS SendMessageBatch, EventBridge PutEvents)."""

MAX_BYTES = 1_048_576
"""A message and a batch of SQS; PutEvents takes less than that."""

TOO_LARGE = "TooLarge"

FOR_GOOD = {
    "InvalidArgument",
    "InvalidAttributeValue",
    "InvalidMessageContents",
    "InvalidParameterValue",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "SerializationException",
    "ValidationException",
}
"""Refusals that the same entry would meet again. What is not listed is taken to pass."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One SQS message to send."""

    body: str
    group: str | None = None
    """The message group: the tenant."""

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
    """Half a surrogate pair counts like any character of three bytes: to refuse it is AWS's part."""
    return len(text.encode(errors="surrogatepass"))


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """AWS did not take an entry."""

    code: str
    for_good: bool

    @property
    def too_large(self) -> bool:
        """Whether it was not even sent, being over the limit by itself."""
        return self.code == TOO_LARGE


Receipt = RefusedEntry | None
"""None: AWS took it."""


class SqsClient(Protocol):
    """What is used of boto3's SQS client."""

    @property
    def send_message_batch(self) -> Callable[..., Any]:
        """SendMessageBatch."""

    @property
    def delete_message_batch(self) -> Callable[..., Any]:
        """DeleteMessageBatch."""


class EventsClient(Protocol):
    """What is used of boto3's EventBridge client."""

    @property
    def put_events(self) -> Callable[..., Any]:
        """PutEvents."""


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


E = TypeVar("E", bound=_Sized)
_Call = Callable[[Sequence[E]], Mapping[int, RefusedEntry]]


def send(sqs: SqsClient, queue_url: str, entries: Sequence[QueueEntry]) -> list[Receipt]:
    """Send messages to one queue; one receipt an entry, in their order."""

    def call(batch: Sequence[QueueEntry]) -> Mapping[int, RefusedEntry]:
        response = sqs.send_message_batch(
            QueueUrl=queue_url, Entries=[_sqs_entry(number, entry) for number, entry in enumerate(batch)]
        )
        return {
            int(failed["Id"]): RefusedEntry(failed["Code"], for_good=failed["Code"] in FOR_GOOD)
            for failed in response.get("Failed", ())
        }

    return _deliver(entries, call, limit=MAX_BYTES)


def delete(sqs: SqsClient, queue_url: str, receipt_handles: Sequence[str]) -> None:
    """Take messages off a queue before their batch is over. One that stays is delivered again and settled again."""
    from botocore.exceptions import BotoCoreError, ClientError  # who makes no call need not pay for it

    for begin in range(0, len(receipt_handles), MAX_ENTRIES):
        batch = receipt_handles[begin : begin + MAX_ENTRIES]
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)]
        with suppress(BotoCoreError, ClientError):
            sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def publish(events: EventsClient, bus_name: str, entries: Sequence[BusEntry]) -> list[Receipt]:
    """Put events on the bus; one receipt an entry, in their order."""

    def call(batch: Sequence[BusEntry]) -> Mapping[int, RefusedEntry]:
        response = events.put_events(
            Entries=[
                {"EventBusName": bus_name, "Source": entry.source, "DetailType": entry.type, "Detail": entry.body}
                for entry in batch
            ]
        )
        return {
            number: RefusedEntry(code, for_good=code in FOR_GOOD)
            for number, result in enumerate(response["Entries"])
            if (code := result.get("ErrorCode"))
        }

    return _deliver(entries, call, limit=MAX_BYTES - 1)


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


def _deliver(entries: Sequence[E], call: _Call[E], *, limit: int) -> list[Receipt]:
    receipts: list[Receipt] = [
        RefusedEntry(TOO_LARGE, for_good=True) if entry.size > limit else None for entry in entries
    ]
    for batch in _batches([number for number, receipt in enumerate(receipts) if not receipt], entries, limit):
        for number, refused in _attempt(batch, entries, call):
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


def _attempt(batch: Sequence[int], entries: Sequence[E], call: _Call[E]) -> Iterator[tuple[int, RefusedEntry]]:
    """Make one call; where AWS refuses it whole and for good, find the entry at fault by sending each alone."""
    from botocore.exceptions import BotoCoreError, ClientError  # who makes no call need not pay for it

    try:
        refusals = call([entries[number] for number in batch])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        refused = RefusedEntry(code, for_good=code in FOR_GOOD)
        if refused.for_good and len(batch) > 1:
            for number in batch:
                yield from _attempt([number], entries, call)
        else:
            yield from ((number, refused) for number in batch)
    except BotoCoreError as error:  # no answer: the network, a timeout, no credentials
        yield from ((number, RefusedEntry(type(error).__name__, for_good=False)) for number in batch)
    else:
        yield from ((batch[position], refused) for position, refused in refusals.items())
