"""The time axis of a journey: 30 milliseconds and a day side by side, both to be read.

Every instant at which something happened has its place, in the order of time. Pauses are drawn by their logarithm, so
that a long one is only a little longer than a short one; the labels say how long they were.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from ops.terminal.times import span

_SHORTEST_PAUSE = 8
_LONGEST_PAUSE = 120
_PIXELS_A_DECADE = 16
"""Of a pause that is ten times as long."""

_TENTH_OF_A_DECADE_BEGINS = timedelta(milliseconds=10)
"""Pauses much shorter than this are all alike."""

_PIXELS_A_CHARACTER = 6.7
"""Of a label, at most."""

_BETWEEN_LABELS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A time that is written on the axis. Lengths are in pixels."""

    x: int
    """Of its line, and of the middle of its label."""

    label: str
    width: int
    """Of the label, at most."""

    title: str
    """The time itself."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where marks stand, in pixels."""

    lanes: list[list[int]]
    """Of each lane, its marks."""

    times: dict[datetime, int]
    """In order of time; where a time has several places, the first."""


def places(lanes: Sequence[Sequence[datetime]], *, left: int, apart: int) -> Places:
    """Give each mark its place: what is later stands further right, whatever its lane.

    Args:
        lanes: the times of each lane's marks, in order.
        left: where the first stands.
        apart: how far from one another marks of the same lane stand at least.
    """
    columns: dict[tuple[datetime, int], list[int]] = {}
    for lane, times in enumerate(lanes):
        for time, alike in groupby(times):
            for repeat, _ in enumerate(alike):
                columns.setdefault((time, repeat), []).append(lane)
    found = Places([[] for _ in lanes], {})
    x, before = left, None
    for (time, _), members in sorted(columns.items()):
        x += pause(time - before) if before else 0
        x = max(x, *(found.lanes[lane][-1] + apart if found.lanes[lane] else left for lane in members))
        before = time
        found.times.setdefault(time, x)
        for lane in members:
            found.lanes[lane].append(x)
    return found


def pause(duration: timedelta) -> int:
    """How wide a pause is drawn, in pixels; none is none."""
    if duration <= timedelta(0):
        return 0
    decades = math.log10(1 + duration / _TENTH_OF_A_DECADE_BEGINS)
    return round(min(_SHORTEST_PAUSE + _PIXELS_A_DECADE * decades, _LONGEST_PAUSE))


def since(start: datetime, at: datetime) -> str:
    """So long after the start: `+0 ms`, `+1.2 s`, `+3 m 05 s`, `+1 d`."""
    return "+" + re.sub(r" 00 [hms]$", "", span(at - start))


def exactly(at: datetime) -> str:
    """A time to the millisecond."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"


def tick(at: datetime, x: int, label: str) -> Tick:
    """A time on the axis."""
    return Tick(x=x, label=label, width=math.ceil(len(label) * _PIXELS_A_CHARACTER), title=exactly(at))


def ticks(at: Mapping[datetime, int], *, start: datetime, taken: Iterable[Tick] = ()) -> tuple[Tick, ...]:
    """The times that are written on the axis, from left to right: those after the longest pauses, as many as fit.

    Args:
        at: where the times stand, in order.
        start: from which they are counted.
        taken: what stands there already.
    """
    pauses = {later: later - earlier for earlier, later in pairwise(at)}
    chosen = list(taken)
    for time in sorted(at, key=lambda time: pauses.get(time, timedelta.max), reverse=True):
        candidate = tick(time, at[time], since(start, time))
        if all(candidate.label != each.label and _fit(candidate, each) for each in chosen):
            chosen.append(candidate)
    return tuple(sorted(chosen, key=lambda each: each.x))


def _fit(one: Tick, other: Tick) -> bool:
    return abs(one.x - other.x) >= (one.width + other.width) / 2 + _BETWEEN_LABELS
