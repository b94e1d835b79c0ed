"""The two doors for messages, ingress queue and event bus: batched calls, one receipt per message."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from publishing.batches import batches
from publishing.responses import check_responses
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsResultEntryTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

QUEUE_LIMIT = 1_048_576
"""Maximum bytes per message and per call of SQS."""

BUS_LIMIT = QUEUE_LIMIT - 1
"""Maximum bytes per entry and per call of EventBridge: less than 1 MiB."""

TOO_LARGE = "TooLarge"
"""Code of a message that exceeds the limit and is not sent."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message to publish; `publishing.message` builds a valid one."""

    body: str = field(repr=False)
    """The whole message as JSON. It may contain personal data: never log it."""

    type: str
    source: str
    group: str | None = None
    """The SQS message group: the tenant's id. The event bus derives it from the message."""

    id: str = ""
    """The message's id for logs, where known; the body contains the id itself."""

    @property
    def queue_size(self) -> int:
        """Size in bytes as SQS counts it."""
        return len(self.body.encode())

    @property
    def bus_size(self) -> int:
        """Size in bytes as EventBridge counts it (User Guide, "Calculating PutEvents event entry size")."""
        return len(self.source.encode()) + len(self.type.encode()) + len(self.body.encode())


@dataclass(frozen=True, slots=True)
class Accepted:
    """AWS accepted the message."""

    aws_id: str
    """SQS's message id, or EventBridge's event id."""


@dataclass(frozen=True, slots=True)
class Refused:
    """AWS did not accept the message; it may have accepted others of the same call."""

    code: str
    detail: str = ""
    """AWS's error message."""


Receipt = Accepted | Refused


@dataclass(frozen=True)
class QueueDoor:
    """The ingress queue: messages are validated in full before they reach the event bus."""

    sqs: "SQSClient"
    queue_url: str

    @classmethod
    def of_stage(cls, stage: str, session: "Session", *, config: "Config | None" = None) -> "QueueDoor":
        """Find a stage's ingress queue by its SSM parameter in the session's account and region.

        The region is the one that the session was given, else `AWS_REGION`, else the one that the session finds.

        Raises:
            ClientError: the parameter could not be read; `ParameterNotFound` where the stage is not deployed there.
            BotoCoreError: the request could not be sent, got no response, or something else than AWS answered.
        """
        url = _parameter(session, ingress_queue_url_parameter(stage), config)
        return cls(_client(session, "sqs", config), url)

    def publish(self, entries: Iterable[Entry]) -> Iterator[Receipt]:
        """Publish messages lazily, one call at a time; yields one receipt per message, in the messages' order.

        Raises:
            ClientError: a call was refused as a whole; earlier receipts stay valid.
            BotoCoreError: a call failed or got no response: AWS may have accepted up to ten messages without receipt.
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
            yield receipts.get(str(number), _NO_RESULT)


@dataclass(frozen=True)
class BusDoor:
    """The event bus: messages are validated by the function of their type."""

    events: "EventBridgeClient"
    bus_name: str

    @classmethod
    def of_stage(cls, stage: str, session: "Session", *, config: "Config | None" = None) -> "BusDoor":
        """Find a stage's event bus by its SSM parameter; raises the errors of `QueueDoor.of_stage`."""
        name = _parameter(session, event_bus_name_parameter(stage), config)
        return cls(_client(session, "events", config), name)

    def publish(self, entries: Iterable[Entry]) -> Iterator[Receipt]:
        """Publish messages; calls, receipts and errors as in `QueueDoor.publish`."""
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
"""Code of a message that AWS may have accepted. It is safe to send it again: jobs run once per message id."""

_NO_RESULT = Refused(UNANSWERED, "the response does not mention it")


def _parameter(session: "Session", name: str, config: "Config | None") -> str:
    return str(_client(session, "ssm", config).get_parameter(Name=name)["Parameter"]["Value"])


def _client(session: "Session", service: str, config: "Config | None") -> Any:
    client: Any = session.client(service, region_name=_region(session), config=config)  # type: ignore[call-overload]  # stubs list literal names alone
    check_responses(client.meta.events)
    return client


def _region(session: "Session") -> str | None:
    """The region in the order of the AWS CLI and of other SDKs; boto3 itself does not read AWS_REGION.

    Source: AWS SDKs and Tools Reference Guide, "AWS Region".
    """
    given = session._session.get_config_variable("region", methods=("instance",))  # noqa: SLF001 only there it is apart
    return given or os.environ.get("AWS_REGION", "").strip() or session.region_name


def _receipt(result: "PutEventsResultEntryTypeDef") -> Receipt:
    if code := result.get("ErrorCode"):
        return Refused(code, result.get("ErrorMessage", ""))
    return Accepted(result["EventId"]) if "EventId" in result else _NO_RESULT


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
            yield Refused(TOO_LARGE, f"it has {size(batch[0]):,} bytes, the limit is {limit:,}")
        else:
            yield from call(batch)
