"""The alerts queue: receive alerts, delete those that were posted, and release the rest."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_BATCH_SIZE = 10
"""Messages per call, SQS's maximum."""

_WAIT_SECONDS = 1
"""Long polling. Without it, SQS asks only some of its servers and misses the last few messages."""

_EMPTY_RECEIVES = 2
"""Consecutive receives without a message after which the queue counts as empty."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message received from the alerts queue."""

    message_id: str
    """SQS's message id."""

    handle: str
    body: str


class AlertsQueueReader:
    """Receives alerts, and tracks which of them are neither posted nor deleted yet."""

    def __init__(self, sqs: Any, url: str) -> None:
        """Read one queue. Its visibility timeout must be longer than a run, so that no other run receives the same."""
        self._sqs = sqs
        self._url = url
        self.received = 0
        """Messages received in this run."""

        self.is_drained = False
        """Whether all messages that waited were received."""

        self._sent_at: dict[str, int] = {}
        """Receipt handle to SentTimestamp (milliseconds since 1970) of each message that is not deleted."""

    def receive(self, *, limit: int, has_time: Callable[[], bool]) -> Iterator[Received]:
        """Receive until the queue is empty, `limit` messages are received, or the time is up."""
        empty = 0
        while empty < _EMPTY_RECEIVES and self.received < limit and has_time():
            response = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH_SIZE,
                WaitTimeSeconds=_WAIT_SECONDS,
                AttributeNames=["SentTimestamp"],
            )
            messages = response.get("Messages", [])
            empty = 0 if messages else empty + 1
            self.received += len(messages)
            for message in messages:
                self._sent_at[message["ReceiptHandle"]] = int(message["Attributes"]["SentTimestamp"])
            yield from (Received(each["MessageId"], each["ReceiptHandle"], each["Body"]) for each in messages)
        self.is_drained = empty == _EMPTY_RECEIVES

    @property
    def left(self) -> int:
        """Number of messages received and not deleted."""
        return len(self._sent_at)

    def oldest(self, now: datetime) -> float:
        """Seconds since the oldest message that is left was sent; 0 if none is left."""
        return max(0.0, now.timestamp() - min(self._sent_at.values()) / 1000) if self._sent_at else 0.0

    def delete(self, handles: Sequence[str]) -> int:
        """Delete messages and return how many SQS failed to delete twice. Those come back and are posted again."""
        kept = self._delete(handles)
        kept = self._delete(kept) if kept else kept
        for handle in handles:
            del self._sent_at[handle]
        return len(kept)

    def release(self, has_time: Callable[[], bool]) -> None:
        """Make the messages that are left visible to the next run; otherwise they wait for their visibility timeout."""
        from botocore.exceptions import BotoCoreError, ClientError

        with suppress(BotoCoreError, ClientError):
            for batch in _batches(list(self._sent_at)):
                if not has_time():
                    return
                entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(batch)]
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _delete(self, handles: Sequence[str]) -> list[str]:
        kept = []
        for batch in _batches(handles):
            response = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=_entries(batch))
            kept += [batch[int(failed["Id"])] for failed in response.get("Failed", [])]
        return kept


def _batches(handles: Sequence[str]) -> Iterator[Sequence[str]]:
    return (handles[begin : begin + _BATCH_SIZE] for begin in range(0, len(handles), _BATCH_SIZE))


def _entries(handles: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
