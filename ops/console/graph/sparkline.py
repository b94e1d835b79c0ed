"""When letters died, as a row of bars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.terminal.times import span

_BARS = 24
_STEPS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400))
"""That a bar may stand for; the last one covers more than the 14 days that SQS keeps a message."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Counts of equal steps of time, the last of which ends now."""

    counts: tuple[int, ...]
    step: timedelta

    @property
    def highest(self) -> int:
        """Of the counts; at least 1, so that heights can be shares of it."""
        return max(1, *self.counts)

    @property
    def words(self) -> str:
        """It, for who cannot see it."""
        return f"the last {span(self.step * len(self.counts))}, {span(self.step)} a bar, at most {max(self.counts):,}"


def sparkline(times: Iterable[datetime | None], now: datetime) -> Sparkline:
    """The row; those of which no time is known are left out."""
    known = [at for at in times if at is not None]
    whole = max((now - at for at in known), default=timedelta(0))
    step = next((step for step in _STEPS if whole < step * _BARS), _STEPS[-1])
    counts = [0] * _BARS
    for at in known:
        counts[max(0, _BARS - 1 - max(0, (now - at) // step))] += 1
    return Sparkline(tuple(counts), step)
