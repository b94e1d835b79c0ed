"""How many messages wait for a destination: the depths of the queues of the types that call it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_DELAYED = "ApproximateNumberOfMessagesDelayed"
_COUNTS = (_DELAYED, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True, slots=True)
class Backlog:
    """The messages that wait for a destination."""

    by_service: Mapping[str, int]
    """Of services whose messages wait, most first."""

    is_complete: bool = True
    """Whether SQS answered for all queues."""

    @property
    def total(self) -> int:
        """Number of messages."""
        return sum(self.by_service.values())


class QueueDepths:
    """The depths of queues during one run; each queue is asked once."""

    def __init__(self, sqs: Any, queue_url: Callable[[str], str]) -> None:
        """Ask for the queues whose URLs a function returns by service."""
        self._sqs = sqs
        self._queue_url = queue_url
        self._depths: dict[str, int] = {}
        self.failure = ""
        """AWS's error code, once SQS has not answered; no other queue is asked then."""

    def backlog(self, services: Iterable[str]) -> Backlog:
        """Return what waits of these services. A message that waits is delayed; a queue without one only works."""
        depths = {each: depth for each in services if (depth := self._depth(each))}
        ordered = dict(sorted(depths.items(), key=lambda pair: -pair[1]))
        return Backlog(ordered, is_complete=not self.failure)

    def _depth(self, service: str) -> int:
        from botocore.exceptions import BotoCoreError, ClientError

        if service not in self._depths and not self.failure:
            try:
                answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url(service), AttributeNames=list(_COUNTS))
            except ClientError as error:
                self.failure = error.response["Error"]["Code"]
            except BotoCoreError as error:
                self.failure = type(error).__name__
            else:
                counts = {name: int(answer.get("Attributes", {}).get(name, 0)) for name in _COUNTS}
                self._depths[service] = sum(counts.values()) if counts[_DELAYED] else 0
        return self._depths.get(service, 0)
