"""Samples that a test makes up, for what cannot be brought about here."""

from collections.abc import Collection, Sequence
from threading import Lock

from local.clock.alarms.metric import Metric
from local.clock.alarms.sources import Samples


class StagedMetrics:
    """Knows the metrics that it was told of, safe for threads: give it to an evaluator before all other sources."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._samples: dict[Metric, Sequence[float]] = {}

    def stage(self, metric: Metric, *samples: float) -> None:
        """Let these be its samples of every minute from now on; none at all for silence."""
        with self._lock:
            self._samples[metric] = samples

    def release(self, metric: Metric) -> None:
        """Let it be measured again."""
        with self._lock:
            self._samples.pop(metric, None)

    def knows(self, metric: Metric) -> bool:
        """Whether it is staged."""
        with self._lock:
            return metric in self._samples

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """What was told."""
        with self._lock:
            return {metric: self._samples.get(metric, ()) for metric in metrics}
