"""Inspection of a dead-letter queue: did SQS itself move messages there, which no function could report?"""

from dataclasses import dataclass
from typing import Any

from schemas.names import BIOGRAPHY_ATTRIBUTE, REASON_ATTRIBUTE

_BATCH_SIZE = 10
"""Messages per call, SQS's maximum (ReceiveMessage)."""

_FUNCTION_ATTRIBUTES = [BIOGRAPHY_ATTRIBUTE, REASON_ATTRIBUTE]
"""Attributes that a function adds to a message when it dead-letters it."""


@dataclass(frozen=True, slots=True)
class QueueInspection:
    """What a sample of the queue showed."""

    checked: int = 0
    """Dead letters in the sample."""

    moved_by_sqs: int = 0
    """Dead letters without a reason: their function could not start, or crashed on each receive."""

    queue_url: str = ""
    failure: str = ""
    """AWS's error code if the queue could not be read; otherwise empty."""


def inspect(sqs: Any, queue_name: str) -> QueueInspection:
    """Check how up to ten dead letters came there. They stay visible, and their bodies are not read."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        found = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_BATCH_SIZE,
            VisibilityTimeout=0,
            MessageAttributeNames=_FUNCTION_ATTRIBUTES,
        )
    except ClientError as error:
        return QueueInspection(failure=error.response["Error"]["Code"])
    except BotoCoreError as error:
        return QueueInspection(failure=type(error).__name__)
    dead_letters = found.get("Messages", [])
    ours = set(_FUNCTION_ATTRIBUTES)
    moved_by_sqs = [each for each in dead_letters if not each.get("MessageAttributes", {}).keys() & ours]
    return QueueInspection(len(dead_letters), len(moved_by_sqs), url)
