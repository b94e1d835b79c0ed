"""Metrics, and where their samples come from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of CloudWatch's: the same name with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Name and value, sorted. None for what is counted over all of an account."""

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """A metric by its dimensions in whatever order."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    def __str__(self) -> str:
        return " ".join([self.namespace, self.name, *(f"{name}={value}" for name, value in self.dimensions)])

    def dimension(self, name: str) -> str:
        """A dimension's value; empty where it has no such dimension."""
        return dict(self.dimensions).get(name, "")


Samples = Mapping[Metric, Sequence[float]]
"""Of one minute, by metric; a metric that is missing has none."""


class Source(Protocol):
    """Measures some metrics."""

    def knows(self, metric: Metric) -> bool:
        """Whether it measures this one."""

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """The samples of these, all of which it knows, in the minute that ends now.

        It is called once a minute: what has been given is not given again.
        """


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
