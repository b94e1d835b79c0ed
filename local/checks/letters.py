"""Messages that came to rest: in dead-letter queues, in `unrouted`, in `undeliverable`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.claims import claims

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

INGRESS_DEAD_LETTERS = "dead letters of the ingress"
SCHEDULE_DEAD_LETTERS = "dead letters of the scheduler"
"""The queue of what EventBridge Scheduler could not send when it was due."""

UNDELIVERABLE = "undeliverable"
"""The queue of what EventBridge could not deliver to a queue."""

UNROUTED = "unrouted"
"""The queue of what no type's rule matches."""

_HOLD_SECONDS = 30
"""How long a letter is hidden from others while it is looked at."""

_BATCH = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """One message at rest."""

    queue: str
    """In words."""

    sqs_message_id: str
    body: str
    attributes: Mapping[str, str]

    @property
    def id(self) -> str:
        """Its message id, derived where it gives none; empty where the body cannot be read."""
        return claims(self.body).id

    @property
    def biography(self) -> dict[str, Any]:
        """Its story; empty where it has none, as in `unrouted`."""
        return dict(json.loads(self.attributes.get("biography", "{}")))


def dead_letters_of(type_name: str) -> str:
    """A type's dead-letter queue, in words."""
    return f"dead letters of {type_name}"


def peek(sqs: "SQSClient", queue: str, queue_url: str) -> list[Letter]:
    """All that lies in a queue, left there.

    Args:
        sqs: the client.
        queue: the queue's name in words.
        queue_url: where it is.
    """
    found: dict[str, Letter] = {}
    held: list[str] = []
    while messages := _receive(sqs, queue_url):
        held += [message["ReceiptHandle"] for message in messages]
        found |= {message["MessageId"]: _letter(queue, message) for message in messages}
    _release(sqs, queue_url, held)
    return list(found.values())


def _receive(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    return sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=_BATCH,
        MessageAttributeNames=["All"],
        VisibilityTimeout=_HOLD_SECONDS,
        WaitTimeSeconds=0,
    ).get("Messages", [])


def _letter(queue: str, message: "MessageTypeDef") -> Letter:
    attributes = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
    return Letter(queue, message["MessageId"], message["Body"], attributes)


def _release(sqs: "SQSClient", queue_url: str, held: Sequence[str]) -> None:
    for begin in range(0, len(held), _BATCH):
        sqs.change_message_visibility_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for index, handle in enumerate(held[begin : begin + _BATCH])
            ],
        )
