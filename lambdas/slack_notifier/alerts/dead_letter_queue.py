"""A look into a dead-letter queue: has SQS itself moved messages there, of which no function could tell?"""

from dataclasses import dataclass
from typing import Any

from schemas.names import BIOGRAPHY_ATTRIBUTE, REASON_ATTRIBUTE

_AT_ONCE = 10
"""Messages (SQS, ReceiveMessage)."""

_OURS = [BIOGRAPHY_ATTRIBUTE, REASON_ATTRIBUTE]
"""The attributes that a function gives a dead letter."""


@dataclass(frozen=True, slots=True)
class QueueInspection:
    """What was seen."""

    seen: int = 0
    moved_by_sqs: int = 0
    """Those without a reason: their function could not start, or died of them each time."""

    queue_url: str = ""
    failure: str = ""
    """Why nothing could be seen; empty where it could."""


def look(sqs: Any, queue_name: str) -> QueueInspection:
    """See how ten of the letters came there. They stay visible, and their bodies unread."""
    from botocore.exceptions import BotoCoreError, ClientError  # who makes no call need not pay for it

    try:
        url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        found = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=_AT_ONCE, VisibilityTimeout=0, MessageAttributeNames=_OURS
        )
    except ClientError as error:
        return QueueInspection(failure=error.response["Error"]["Code"])
    except BotoCoreError as error:
        return QueueInspection(failure=type(error).__name__)
    letters = found.get("Messages", [])
    moved = [letter for letter in letters if not letter.get("MessageAttributes", {}).keys() & set(_OURS)]
    return QueueInspection(len(letters), len(moved), url)
