"""Sparkline: the number of dead letters over time, as a row of bars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.terminal.times import span

_BARS = 24
_STEPS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400))
"""Durations of a bar; with the last one, the row covers more than SQS's maximum retention of 14 days."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Counts of equal time steps; the last step ends now."""

    counts: tuple[int, ...]
    step: timedelta

    @property
    def highest(self) -> int:
        """Highest count, but at least 1, so that bars can be scaled by it."""
        return max(1, *self.counts)

    @property
    def description(self) -> str:
        """Text alternative for screen readers."""
        return f"the last {span(self.step * len(self.counts))}, {span(self.step)} a bar, at most {max(self.counts):,}"


def sparkline(times: Iterable[datetime | None], now: datetime) -> Sparkline:
    """Count times in the shortest step that covers them all; unknown times are left out."""
    known = [at for at in times if at is not None]
    oldest = max((now - at for at in known), default=timedelta(0))
    step = next((step for step in _STEPS if oldest < step * _BARS), _STEPS[-1])
    counts = [0] * _BARS
    for at in known:
        counts[max(0, _BARS - 1 - max(0, (now - at) // step))] += 1
    return Sparkline(tuple(counts), step)
