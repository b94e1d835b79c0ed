"""SQS metrics, derived from queue attributes."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from local.clock.alarms.sources import Metric, Samples

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NAMESPACE = "AWS/SQS"
QUEUE = "QueueName"
VISIBLE = "ApproximateNumberOfMessagesVisible"
AGE = "ApproximateAgeOfOldestMessage"

_VISIBLE = "ApproximateNumberOfMessages"
_ALL_COUNTS = (_VISIBLE, "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_MINUTE = 60


class QueueMetrics:
    """Measures the number of visible messages and the age of the oldest message.

    The age is an estimate, since no queue attribute contains it: the simulated minutes for which the queue has not been
    empty, messages in flight and delayed included. While messages arrive as fast as they leave, the estimate is too
    high: CloudWatch reports the age of the message that is the oldest now.
    """

    def __init__(self, sqs: "SQSClient") -> None:
        """Read queue attributes by this client."""
        self._sqs = sqs
        self._urls: dict[str, str] = {}
        self._minute = 0
        self._not_empty_since: dict[str, int] = {}
        """The minute in which each queue was first seen not to be empty."""

    def measures(self, metric: Metric) -> bool:
        """Whether it is one of the two metrics, for one queue."""
        return metric.namespace == NAMESPACE and metric.name in {VISIBLE, AGE} and metric.dimension(QUEUE) != ""

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """One sample for each metric."""
        queues = {name: self._attributes(name) for name in {metric.dimension(QUEUE) for metric in metrics}}
        self._minute += 1
        for name, attributes in queues.items():
            if any(attributes.values()):
                self._not_empty_since.setdefault(name, self._minute)
            else:
                self._not_empty_since.pop(name, None)
        return {metric: [self._value(metric, queues[metric.dimension(QUEUE)])] for metric in metrics}

    def _value(self, metric: Metric, attributes: Mapping[str, int]) -> float:
        if metric.name == VISIBLE:
            return float(attributes[_VISIBLE])
        return float((self._minute - self._not_empty_since.get(metric.dimension(QUEUE), self._minute)) * _MINUTE)

    def _attributes(self, name: str) -> Mapping[str, int]:
        if name not in self._urls:
            self._urls[name] = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._urls[name], AttributeNames=["All"])
        return {count: int(value) for count, value in answer["Attributes"].items() if count in _ALL_COUNTS}
