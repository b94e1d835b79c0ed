"""Where samples come from."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from local.clock.alarms.metric import Metric

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
