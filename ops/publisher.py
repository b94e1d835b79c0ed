"""Handing messages over as a producer does, by SQS or by EventBridge: few calls, one receipt a message."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsResultEntryTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MAX_ENTRIES = 10
"""A call (SQS SendMessageBatch, EventBridge PutEvents)."""

QUEUE_LIMIT = 1_048_576
"""Bytes that SQS takes, in a message and in a call."""

BUS_LIMIT = QUEUE_LIMIT - 1
"""Bytes that EventBridge takes, in an entry and in a call: less than 1 MiB."""

TOO_LARGE = "TooLarge"
"""The code of what is not even sent: it is over the limit by itself."""


class Via(StrEnum):
    """The doors that producers know."""

    SQS = "sqs"
    BUS = "bus"

    @property
    def door(self) -> str:
        """Its name in a sentence."""
        return "ingress queue" if self is Via.SQS else "event bus"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message to hand over."""

    body: str
    """The whole message, JSON."""

    type: str
    source: str
    group: str | None = None
    """The SQS message group: the tenant. EventBridge takes it from the message itself."""

    @property
    def queue_size(self) -> int:
        """Bytes by SQS's count."""
        return len(self.body.encode())

    @property
    def bus_size(self) -> int:
        """Bytes by EventBridge's count (User Guide, "Calculating PutEvents event entry size")."""
        return len(self.source.encode()) + len(self.type.encode()) + len(self.body.encode())


@dataclass(frozen=True, slots=True)
class Accepted:
    """AWS took the message over."""

    aws_id: str
    """SQS's message id, or EventBridge's event id."""


@dataclass(frozen=True, slots=True)
class Refused:
    """AWS did not take the message, while others of the same call may have been taken."""

    code: str
    detail: str = ""
    """What AWS says about it."""


Receipt = Accepted | Refused


@dataclass(frozen=True)
class QueueDoor:
    """The ingress queue."""

    sqs: "SQSClient"
    queue_url: str

    def publish(self, entries: Iterable[Entry]) -> Iterator[Receipt]:
        """Hand over messages, a call at a time as receipts are asked for; one receipt a message, in their order.

        Raises:
            ClientError: a call was refused as a whole; what had a receipt before stays taken.
            BotoCoreError: a call was not made, or not answered: up to ten messages may or may not be taken.
        """
        return _publish(entries, self._call, size=lambda entry: entry.queue_size, limit=QUEUE_LIMIT)

    def _call(self, batch: Sequence[Entry]) -> Iterator[Receipt]:
        answer = self.sqs.send_message_batch(
            QueueUrl=self.queue_url, Entries=[_sqs_entry(number, entry) for number, entry in enumerate(batch)]
        )
        receipts: dict[str, Receipt] = {
            **{taken["Id"]: Accepted(taken["MessageId"]) for taken in answer.get("Successful", ())},
            **{failed["Id"]: Refused(failed["Code"], failed.get("Message", "")) for failed in answer.get("Failed", ())},
        }
        for number in range(len(batch)):
            yield receipts.get(str(number), _UNANSWERED)


@dataclass(frozen=True)
class BusDoor:
    """The event bus."""

    events: "EventBridgeClient"
    bus_name: str

    def publish(self, entries: Iterable[Entry]) -> Iterator[Receipt]:
        """Hand over messages, a call at a time as receipts are asked for; one receipt a message, in their order.

        Raises:
            ClientError: a call was refused as a whole; what had a receipt before stays taken.
            BotoCoreError: a call was not made, or not answered: up to ten messages may or may not be taken.
        """
        return _publish(entries, self._call, size=lambda entry: entry.bus_size, limit=BUS_LIMIT)

    def _call(self, batch: Sequence[Entry]) -> Iterator[Receipt]:
        answer = self.events.put_events(
            Entries=[
                {"EventBusName": self.bus_name, "Source": entry.source, "DetailType": entry.type, "Detail": entry.body}
                for entry in batch
            ]
        )
        for _, result in zip_longest(batch, answer.get("Entries", ())):
            yield _receipt(result or {})


_UNANSWERED = Refused("Unanswered", "the answer does not speak of it")


def _receipt(result: "PutEventsResultEntryTypeDef") -> Receipt:
    if code := result.get("ErrorCode"):
        return Refused(code, result.get("ErrorMessage", ""))
    return Accepted(result["EventId"]) if "EventId" in result else _UNANSWERED


def _sqs_entry(number: int, entry: Entry) -> "SendMessageBatchRequestEntryTypeDef":
    request: SendMessageBatchRequestEntryTypeDef = {"Id": str(number), "MessageBody": entry.body}
    if entry.group:
        request["MessageGroupId"] = entry.group
    return request


def _publish(
    entries: Iterable[Entry],
    call: Callable[[Sequence[Entry]], Iterable[Receipt]],
    *,
    size: Callable[[Entry], int],
    limit: int,
) -> Iterator[Receipt]:
    for batch in _batches(entries, size, limit):
        if size(batch[0]) > limit:
            yield Refused(TOO_LARGE, f"it has {size(batch[0]):,} bytes, {limit:,} are taken")
        else:
            yield from call(batch)


def _batches(entries: Iterable[Entry], size: Callable[[Entry], int], limit: int) -> Iterator[list[Entry]]:
    """As many as one call takes; an entry that no call takes is alone."""
    batch: list[Entry] = []
    filled = 0
    for entry in entries:
        if batch and (len(batch) == MAX_ENTRIES or filled + size(entry) > limit):
            yield batch
            batch, filled = [], 0
        batch.append(entry)
        filled += size(entry)
    if batch:
        yield batch
