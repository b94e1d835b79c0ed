"""The doors that take messages, by SQS and by EventBridge: few calls, one receipt a message."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from publishing.batches import batches
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsResultEntryTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

QUEUE_LIMIT = 1_048_576
"""Bytes that SQS takes, in a message and in a call."""

BUS_LIMIT = QUEUE_LIMIT - 1
"""Bytes that EventBridge takes, in an entry and in a call: less than 1 MiB."""

TOO_LARGE = "TooLarge"
"""The code of what is not even sent: it is over the limit by itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message to hand over; `publishing.message` makes one that is valid."""

    body: str = field(repr=False)
    """The whole message, JSON. It may hold personal data: it goes to no log."""

    type: str
    source: str
    group: str | None = None
    """The SQS message group: the tenant. EventBridge takes it from the message itself."""

    id: str = ""
    """The message's id, where whoever made it knows it: for logs, the body has its own."""

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
    """The ingress queue: what it takes is checked in full before it is routed."""

    sqs: "SQSClient"
    queue_url: str

    @classmethod
    def of_stage(cls, stage: str, session: "Session", *, config: "Config | None" = None) -> "QueueDoor":
        """The ingress queue of a stage, looked up in the parameters of the session's account and region.

        Raises:
            ClientError: the parameter could not be read; `ParameterNotFound` where the stage is not deployed there.
            BotoCoreError: nobody was asked, or nobody answered.
        """
        url = _parameter(session, ingress_queue_url_parameter(stage), config)
        return cls(session.client("sqs", config=config), url)

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
            yield receipts.get(str(number), _NOT_SPOKEN_OF)


@dataclass(frozen=True)
class BusDoor:
    """The event bus: what it takes is checked by the function of its type."""

    events: "EventBridgeClient"
    bus_name: str

    @classmethod
    def of_stage(cls, stage: str, session: "Session", *, config: "Config | None" = None) -> "BusDoor":
        """The event bus of a stage. Looked up, and raises, as `QueueDoor.of_stage`."""
        name = _parameter(session, event_bus_name_parameter(stage), config)
        return cls(session.client("events", config=config), name)

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


UNANSWERED = "Unanswered"
"""The code of what may or may not have been taken: sent again, it is done once, for its id is the same."""

_NOT_SPOKEN_OF = Refused(UNANSWERED, "the answer does not speak of it")


def _parameter(session: "Session", name: str, config: "Config | None") -> str:
    return session.client("ssm", config=config).get_parameter(Name=name)["Parameter"]["Value"]


def _receipt(result: "PutEventsResultEntryTypeDef") -> Receipt:
    if code := result.get("ErrorCode"):
        return Refused(code, result.get("ErrorMessage", ""))
    return Accepted(result["EventId"]) if "EventId" in result else _NOT_SPOKEN_OF


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
    for batch in batches(entries, size=size, limit=limit):
        if size(batch[0]) > limit:
            yield Refused(TOO_LARGE, f"it has {size(batch[0]):,} bytes, {limit:,} are taken")
        else:
            yield from call(batch)
