"""The alerts queue: received whole, deleted as it is told of, and given back as far as it is not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_AT_ONCE = 10
"""Messages a call (SQS)."""

_WAIT = 1
"""Seconds that SQS looks for messages: without any, it looks on some of its servers alone, and misses the last few."""

_EMPTY = 2
"""Answers without a message, one after the other, after which the queue is taken to be empty."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of the queue."""

    message_id: str
    """SQS's."""

    handle: str
    body: str


class AlertsQueueReader:
    """Knows what was received in this run and is still to be told of."""

    def __init__(self, sqs: Any, url: str) -> None:
        """Work on one queue. Its visibility timeout must be longer than a run, so that no other run sees the same."""
        self._sqs = sqs
        self._url = url
        self.received = 0
        """Messages."""

        self._held: dict[str, int] = {}
        """When each was sent, in milliseconds since 1970, by receipt handle."""

    def drain(self, *, most: int, in_time: Callable[[], bool]) -> Iterator[Received]:
        """Receive until there is nothing more, or `most` are there, or the time is over."""
        empty = 0
        while empty < _EMPTY and self.received < most and in_time():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=_WAIT,
                AttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            self.received += len(messages)
            for message in messages:
                self._held[message["ReceiptHandle"]] = int(message["Attributes"]["SentTimestamp"])
            yield from (Received(each["MessageId"], each["ReceiptHandle"], each["Body"]) for each in messages)

    @property
    def left(self) -> int:
        """How many were received and are not told of."""
        return len(self._held)

    def oldest(self, now: datetime) -> float:
        """Seconds that the oldest of them has waited."""
        return max(0.0, now.timestamp() - min(self._held.values()) / 1000) if self._held else 0.0

    def delete(self, handles: Sequence[str]) -> int:
        """Take off what was told of; how many SQS kept all the same. Those come back, and are told of again."""
        kept = self._delete(handles)
        kept = self._delete(kept) if kept else kept
        for handle in handles:
            del self._held[handle]
        return len(kept)

    def give_back(self, in_time: Callable[[], bool]) -> None:
        """Let the next run have what is left; what it does not get so comes back by itself, only later."""
        from botocore.exceptions import BotoCoreError, ClientError  # who leaves nothing need not pay

        with suppress(BotoCoreError, ClientError):
            for batch in _batches(list(self._held)):
                if not in_time():
                    return
                entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(batch)]
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _delete(self, handles: Sequence[str]) -> list[str]:
        kept = []
        for batch in _batches(handles):
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=_entries(batch))
            kept += [batch[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return kept


def _batches(handles: Sequence[str]) -> Iterator[Sequence[str]]:
    return (handles[begin : begin + _AT_ONCE] for begin in range(0, len(handles), _AT_ONCE))


def _entries(handles: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
