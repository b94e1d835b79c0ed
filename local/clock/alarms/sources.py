"""Metrics, and the sources of their samples."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Metric:
    """A CloudWatch metric. The same name with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Name and value of each dimension, sorted; empty for a metric over the whole account."""

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """Create a metric from dimensions in any order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    def __str__(self) -> str:
        return " ".join([self.namespace, self.name, *(f"{name}={value}" for name, value in self.dimensions)])

    def dimension(self, name: str) -> str:
        """The value of a dimension; empty if the metric does not have it."""
        return dict(self.dimensions).get(name, "")


Samples = Mapping[Metric, Sequence[float]]
"""The samples of one minute by metric; a missing metric has none."""


class MetricSource(Protocol):
    """Measures some metrics."""

    def measures(self, metric: Metric) -> bool:
        """Whether this source measures the metric."""

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """The samples of these metrics in the minute that ends now; called once a minute.

        The source measures every given metric. A sample is returned once.
        """


class MetricOverrides:
    """Samples set by tests instead of measured ones; safe for threads. An evaluator must ask this source first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._samples: dict[Metric, Sequence[float]] = {}

    def set(self, metric: Metric, *samples: float) -> None:
        """Use these samples in every minute from now on; without samples the metric has no data."""
        with self._lock:
            self._samples[metric] = samples

    def clear(self, metric: Metric) -> None:
        """Measure the metric again."""
        with self._lock:
            self._samples.pop(metric, None)

    def measures(self, metric: Metric) -> bool:
        """Whether the metric is overridden."""
        with self._lock:
            return metric in self._samples

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """The samples that were set."""
        with self._lock:
            return {metric: self._samples.get(metric, ()) for metric in metrics}
