"""One dead-letter queue or holding queue: receive each message once, renew it, and release all that stay."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from lambdas.dead_letter_keeper.held import HeldDeadLetter

_BATCH_SIZE = 10
"""Messages per call, SQS's maximum."""

_WAIT_SECONDS = 1
"""Long polling. A short poll asks only some of SQS's servers, and may miss messages."""

_HIDDEN_SECONDS = 120
"""Visibility timeout, as of the operators' commands. After a crash, messages are visible again within this time."""

_ROUNDS_WITHOUT_NEW = 3
"""Consecutive receives without a new message after which all were read: others may release theirs meanwhile."""

_RETENTION, _VISIBLE = "MessageRetentionPeriod", "ApproximateNumberOfMessages"


class KeptQueue:
    """A queue in one run. Messages that others have received are in flight, and stay as they are."""

    def __init__(self, sqs: Any, service: str, name: str, *, now: Callable[[], datetime]) -> None:
        """Find a queue and read its retention.

        Args:
            sqs: the SQS client.
            service: a type, the ingress, or a holding queue.
            name: the queue's name.
            now: the time.

        Raises:
            ClientError: AWS refuses, or there is no such queue.
        """
        self.service = service
        self._sqs = sqs
        self._now = now
        self._url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[_RETENTION, _VISIBLE])["Attributes"]
        self.retention = timedelta(seconds=int(found[_RETENTION]))
        self.visible = int(found[_VISIBLE])
        """The approximate number of messages that may be received; exact enough for those of days ago."""

        self._known: set[str] = set()
        """SQS's ids of all messages received or sent in this run."""

        self._handles: dict[str, tuple[str, datetime]] = {}
        """Messages that stay, by SQS's id: the receipt handle of the last receive, and until when SQS hides them."""

    def receive(self, has_time: Callable[[], bool]) -> Iterator[HeldDeadLetter]:
        """Receive every visible message once, until there is none or the time is up."""
        rounds_without_new = 0
        while rounds_without_new < _ROUNDS_WITHOUT_NEW and has_time():
            began = self._now()
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH_SIZE,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
            )
            messages = answer.get("Messages", ())
            if not messages:
                return
            until = began + timedelta(seconds=_HIDDEN_SECONDS)
            self._handles |= {each["MessageId"]: (each["ReceiptHandle"], until) for each in messages}
            new = [each for each in messages if each["MessageId"] not in self._known]
            self._known |= {each["MessageId"] for each in new}
            rounds_without_new = 0 if new else rounds_without_new + 1
            yield from map(HeldDeadLetter, new)

    def renew(self, dead_letter: HeldDeadLetter) -> str:
        """Send a fresh copy, then delete the old one: a crash between leaves two under one id, never none.

        Returns:
            SQS's id of the copy.
        """
        sent = self._sqs.send_message(QueueUrl=self._url, **dead_letter.copy)
        self._known.add(sent["MessageId"])
        old = dead_letter.sqs_message_id
        handle, _ = self._handles[old]
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=handle)
        del self._handles[old]
        return str(sent["MessageId"])

    def release(self, has_time: Callable[[], bool]) -> None:
        """Make the messages that stay visible to others, the last received first, while there is time.

        The others are visible again within two minutes, as all are where SQS refuses.
        """
        latest_first = sorted(self._handles.values(), key=itemgetter(1), reverse=True)
        with suppress(*aws_exceptions()):
            for begin in range(0, len(latest_first), _BATCH_SIZE):
                now = self._now()
                # Others may have received the rest: theirs are not ours to release.
                hidden = [handle for handle, until in latest_first[begin : begin + _BATCH_SIZE] if until > now]
                if not hidden or not has_time():
                    return
                self._sqs.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                        for number, handle in enumerate(hidden)
                    ],
                )
