"""Time axis of a journey, on which a gap of 30 milliseconds and one of a day are both legible.

Every hop's time has a position, in order of time. The width of a gap grows with the logarithm of its duration; the
labels give the true times.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from ops.terminal.times import span

_MIN_GAP_WIDTH = 8
_MAX_GAP_WIDTH = 120
_PIXELS_PER_DECADE = 16
"""Width added to a gap that lasts ten times as long."""

_LOGARITHM_FROM = timedelta(milliseconds=10)
"""Duration up to which all gaps have nearly the same width."""

_PIXELS_PER_CHARACTER = 6.7
"""Upper limit of a character's width in a label."""

_LABEL_SPACING = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A labelled time on the axis. Lengths are in pixels."""

    x: int
    """Position of the line and of the label's middle."""

    label: str
    width: int
    """Upper limit of the label's width."""

    title: str
    """The time in UTC."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Horizontal positions of marks, in pixels."""

    lanes: list[list[int]]
    """Positions of each lane's marks."""

    times: dict[datetime, int]
    """First position of each time, in order of time."""


def mark_positions(lanes: Sequence[Sequence[datetime]], *, left: int, spacing: int) -> Positions:
    """Place marks so that a later one is further right, in whichever lane it is.

    Args:
        lanes: times of each lane's marks, in order.
        left: position of the first mark.
        spacing: minimum distance between two marks of one lane.
    """
    columns: dict[tuple[datetime, int], list[int]] = {}
    for lane, times in enumerate(lanes):
        for time, equal in groupby(times):
            for repeat, _ in enumerate(equal):
                columns.setdefault((time, repeat), []).append(lane)
    positions = Positions([[] for _ in lanes], {})
    x, before = left, None
    for (time, _), members in sorted(columns.items()):
        x += gap_width(time - before) if before else 0
        x = max(x, *(positions.lanes[lane][-1] + spacing if positions.lanes[lane] else left for lane in members))
        before = time
        positions.times.setdefault(time, x)
        for lane in members:
            positions.lanes[lane].append(x)
    return positions


def gap_width(duration: timedelta) -> int:
    """Width of a gap in pixels; 0 without a duration."""
    if duration <= timedelta(0):
        return 0
    decades = math.log10(1 + duration / _LOGARITHM_FROM)
    return round(min(_MIN_GAP_WIDTH + _PIXELS_PER_DECADE * decades, _MAX_GAP_WIDTH))


def elapsed(start: datetime, at: datetime) -> str:
    """Format the time since the start: `+0 ms`, `+1.2 s`, `+3 m 05 s`, `+1 d`."""
    return "+" + re.sub(r" 00 [hms]$", "", span(at - start))


def timestamp(at: datetime) -> str:
    """Format a time to the millisecond, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"


def tick(at: datetime, x: int, label: str) -> Tick:
    """Create a tick for a time and its position."""
    return Tick(x=x, label=label, width=math.ceil(len(label) * _PIXELS_PER_CHARACTER), title=timestamp(at))


def ticks(at: Mapping[datetime, int], *, start: datetime, reserved: Iterable[Tick] = ()) -> tuple[Tick, ...]:
    """Choose as many ticks as fit, from left to right; times after the longest gaps take precedence.

    Args:
        at: positions of the times, in order of time.
        start: time from which labels count.
        reserved: ticks that are already on the axis.
    """
    gaps = {later: later - earlier for earlier, later in pairwise(at)}
    chosen = list(reserved)
    for time in sorted(at, key=lambda time: gaps.get(time, timedelta.max), reverse=True):
        candidate = tick(time, at[time], elapsed(start, time))
        if all(candidate.label != each.label and _fit(candidate, each) for each in chosen):
            chosen.append(candidate)
    return tuple(sorted(chosen, key=lambda each: each.x))


def _fit(one: Tick, other: Tick) -> bool:
    return abs(one.x - other.x) >= (one.width + other.width) / 2 + _LABEL_SPACING
