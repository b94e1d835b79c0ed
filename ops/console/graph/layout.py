"""Layout of a journey's graph: horizontal positions of marks, and of the edges from causes to their follow-ups.

A log line is written when something is done, so a follow-up may be logged before its cause. Some messages have no log
line at all, and are only named by others. Edges lead to the right or straight down all the same.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from ops.console.graph.time_axis import mark_positions
from ops.trace.journey import Node


@dataclass(frozen=True, slots=True)
class Member:
    """A message in the trees."""

    node: Node
    row: int
    depth: int
    parent: int | None
    """Row of the cause; None for a root."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Trees laid out in rows. All lengths are in pixels."""

    members: tuple[Member, ...]
    """Messages, each before its follow-ups."""

    xs: list[list[int]]
    """Marks of each row: one for each hop, or one placeholder."""

    departures: list[int]
    """Position in the cause's row from which the edge to each row leaves; for a root, its first mark."""

    starts: list[int]
    """Left end of each row: its first mark, or the first edge that leaves the row before that mark."""

    times: dict[datetime, int]
    """Position of every hop's time, in order of time."""


def lay_out(roots: Sequence[Node], *, left: int, spacing: int) -> Layout:
    """Place all marks and edges.

    Args:
        roots: roots of the trees.
        left: position of the first hop; a cause that is only named stands left of it.
        spacing: minimum distance between two marks of one row.
    """
    members = tuple(_members(roots))
    positions = mark_positions([_times(member.node) for member in members], left=left, spacing=spacing)
    xs, naming = positions.lanes, _naming_marks(members, positions.lanes)
    earliest = _earliest(members, xs)
    departures: list[int] = []
    starts: list[int] = []
    for member in members:
        row, limit = xs[member.row], earliest[member.row]
        if member.parent is None:
            row = row or [left if limit == math.inf else int(limit) - spacing]
            departure = row[0]
        else:
            causes = naming.get((member.parent, member.node.id)) or xs[member.parent]
            row = row or [int(min(causes[-1] + spacing, limit))]
            departure = max((x for x in causes if x <= row[0]), default=row[0])
            starts[member.parent] = min(starts[member.parent], departure)
        xs[member.row] = row
        departures.append(departure)
        starts.append(row[0])
    return Layout(members, xs, departures, starts, positions.times)


def _times(node: Node) -> list[datetime]:
    """Times of the hops in ascending order: the ingress comes first, even if its line was written later."""
    return list(accumulate((hop.first.at for hop in reversed(node.hops)), min))[::-1]


def _members(roots: Sequence[Node]) -> Iterator[Member]:
    row = 0
    for root in roots:
        ancestors: list[int] = []
        for depth, node in root.walk():
            ancestors[depth:] = [row]
            yield Member(node, row, depth, ancestors[depth - 1] if depth else None)
            row += 1


def _naming_marks(members: Sequence[Member], xs: Sequence[Sequence[int]]) -> dict[tuple[int, str], list[int]]:
    """Marks whose log lines name a follow-up, by row and by the follow-up's id."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for member in members:
        for hop, x in zip(member.node.hops, xs[member.row], strict=True):
            named = [each for line in hop.lines for each in (*line.follow_ups, *(each.id for each in line.scheduled))]
            for message_id in dict.fromkeys(named):
                found[member.row, message_id].append(x)
    return found


def _earliest(members: Sequence[Member], xs: Sequence[Sequence[int]]) -> list[float]:
    """First mark of each row; without one, the first mark of its follow-ups, or infinity."""
    found: list[float] = [row[0] if row else math.inf for row in xs]
    for member in reversed(members):
        if member.parent is not None and not xs[member.parent]:
            found[member.parent] = min(found[member.parent], found[member.row])
    return found
