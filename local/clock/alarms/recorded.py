"""Metrics that the emulator counts by itself, as CloudWatch does."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local.clock.alarms.metric import Metric
from local.clock.alarms.sources import Samples


def _now() -> datetime:
    return datetime.now(UTC)


class RecordedMetrics:
    """Reads counts, each sample of which is 1 or 0, by GetMetricStatistics."""

    def __init__(self, cloudwatch: Any, now: Callable[[], datetime] = _now) -> None:  # noqa: ANN401 boto3's types of CloudWatch are not installed
        """Read by this client what is recorded from now on."""
        self._cloudwatch = cloudwatch
        self._now = now
        self._until = now()

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """The samples since the last time. Where a metric has no dimensions: of all that differ in their dimensions."""
        begin, self._until = self._until, self._now()
        return {metric: self._read(metric, begin, self._until) for metric in metrics}

    def _read(self, metric: Metric, begin: datetime, end: datetime) -> Sequence[float]:
        datapoints = self._cloudwatch.get_metric_statistics(
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions],
            StartTime=begin,
            EndTime=end,
            Period=_DAY,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        ones = round(sum(each["Sum"] for each in datapoints))
        zeros = round(sum(each["SampleCount"] for each in datapoints)) - ones
        return [1.0] * ones + [0.0] * zeros


_DAY = round(timedelta(days=1).total_seconds())
