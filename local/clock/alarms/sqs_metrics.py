"""The metrics of SQS, by the queues' attributes."""

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
_ALL = (_VISIBLE, "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
_MINUTE = 60


class QueueMetrics:
    """Measures how many messages wait, and how long the oldest has waited.

    The age is a guess, as no attribute tells it: the minutes, as they pass here, for which the queue has not been seen
    empty, with all that is in flight or delayed. Where messages come as fast as they go it is too high: CloudWatch
    tells the age of that message which is the oldest now.
    """

    def __init__(self, sqs: "SQSClient") -> None:
        """Measure by this client."""
        self._sqs = sqs
        self._urls: dict[str, str] = {}
        self._minute = 0
        self._filled: dict[str, int] = {}
        """The minute in which a queue was first seen not to be empty."""

    def knows(self, metric: Metric) -> bool:
        """Whether it is one of the two, of one queue."""
        return metric.namespace == NAMESPACE and metric.name in {VISIBLE, AGE} and metric.dimension(QUEUE) != ""

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """One sample each."""
        queues = {name: self._attributes(name) for name in {metric.dimension(QUEUE) for metric in metrics}}
        self._minute += 1
        for name, attributes in queues.items():
            if any(attributes.values()):
                self._filled.setdefault(name, self._minute)
            else:
                self._filled.pop(name, None)
        return {metric: [self._value(metric, queues[metric.dimension(QUEUE)])] for metric in metrics}

    def _value(self, metric: Metric, attributes: Mapping[str, int]) -> float:
        if metric.name == VISIBLE:
            return float(attributes[_VISIBLE])
        return float((self._minute - self._filled.get(metric.dimension(QUEUE), self._minute)) * _MINUTE)

    def _attributes(self, name: str) -> Mapping[str, int]:
        if name not in self._urls:
            self._urls[name] = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._urls[name], AttributeNames=["All"])
        return {count: int(value) for count, value in answer["Attributes"].items() if count in _ALL}
