"""Messages that wait for a destination, or while their type is paused: the depths of the types' queues."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_DELAYED = "ApproximateNumberOfMessagesDelayed"
_COUNTS = (_DELAYED, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True, slots=True)
class Backlog:
    """The messages that wait."""

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
        self._counts: dict[str, Mapping[str, int]] = {}
        self.failure = ""
        """AWS's error code, once SQS has not answered; no other queue is asked then."""

    def backlog(self, services: Iterable[str]) -> Backlog:
        """Return what waits of these services. A message that waits is delayed; a queue without one only works."""
        return self._sums({each: counts for each in services if (counts := self._counts_of(each)).get(_DELAYED)})

    def everything(self, services: Iterable[str]) -> Backlog:
        """Return all messages of these services: those of a paused type wait, delayed or not."""
        return self._sums({each: self._counts_of(each) for each in services})

    def _sums(self, counts: Mapping[str, Mapping[str, int]]) -> Backlog:
        depths = {service: depth for service, each in counts.items() if (depth := sum(each.values()))}
        ordered = dict(sorted(depths.items(), key=lambda pair: -pair[1]))
        return Backlog(ordered, is_complete=not self.failure)

    def _counts_of(self, service: str) -> Mapping[str, int]:
        from botocore.exceptions import BotoCoreError, ClientError

        if service not in self._counts and not self.failure:
            try:
                answer = self._sqs.get_queue_attributes(QueueUrl=self._queue_url(service), AttributeNames=list(_COUNTS))
            except ClientError as error:
                self.failure = error.response["Error"]["Code"]
            except BotoCoreError as error:
                self.failure = type(error).__name__
            else:
                self._counts[service] = {name: int(answer.get("Attributes", {}).get(name, 0)) for name in _COUNTS}
        return self._counts.get(service, {})
