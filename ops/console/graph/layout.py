"""Where in a journey's graph each message's marks stand, and from where lines go down to what it caused.

Lines of logs are written when things are done, so what was caused may have been quicker to say so than its cause; and
of some messages there is nothing but that another one names them. Lines of the graph go to the right all the same, or
straight down.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from ops.console.graph.time_axis import places
from ops.trace.journey import Node


@dataclass(frozen=True, slots=True)
class Member:
    """A message in its family."""

    node: Node
    row: int
    depth: int
    parent: int | None
    """The row of its cause; None for a root."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A family on its rows. All lengths are in pixels."""

    members: tuple[Member, ...]
    """Each before what it caused."""

    xs: list[list[int]]
    """Of each row, its marks: one a hop, or one where there is no hop."""

    departures: list[int]
    """Of each row, where the line to it leaves its cause's row; for a root, where its first mark is."""

    starts: list[int]
    """Of each row, where it begins: at its first mark, or at the first line down that leaves it before that."""

    times: dict[datetime, int]
    """Of all hops, in order, and where they are."""


def lay_out(roots: Sequence[Node], *, left: int, apart: int) -> Layout:
    """Give all marks their places.

    Args:
        roots: the trees.
        left: where the first hop stands; what is known to have been before it stands left of that.
        apart: how far marks of the same row are from one another at least.
    """
    members = tuple(_family(roots))
    placed = places([_times(member.node) for member in members], left=left, apart=apart)
    xs, naming = placed.lanes, _naming(members, placed.lanes)
    earliest = _earliest(members, xs)
    departures: list[int] = []
    starts: list[int] = []
    for member in members:
        own, limit = xs[member.row], earliest[member.row]
        if member.parent is None:
            own = own or [left if limit == math.inf else int(limit) - apart]
            departure = own[0]
        else:
            causes = naming.get((member.parent, member.node.id)) or xs[member.parent]
            own = own or [int(min(causes[-1] + apart, limit))]
            departure = max((x for x in causes if x <= own[0]), default=own[0])
            starts[member.parent] = min(starts[member.parent], departure)
        xs[member.row] = own
        departures.append(departure)
        starts.append(own[0])
    return Layout(members, xs, departures, starts, placed.times)


def _times(node: Node) -> list[datetime]:
    """Of its hops, none later than one after it: the ingress comes first, though its line was written later."""
    return list(accumulate((hop.first.at for hop in reversed(node.hops)), min))[::-1]


def _family(roots: Sequence[Node]) -> Iterator[Member]:
    row = 0
    for root in roots:
        line: list[int] = []
        for depth, node in root.walk():
            line[depth:] = [row]
            yield Member(node, row, depth, line[depth - 1] if depth else None)
            row += 1


def _naming(members: Sequence[Member], xs: Sequence[Sequence[int]]) -> dict[tuple[int, str], list[int]]:
    """Where a row's marks are that name a message as what follows, by row and message."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for member in members:
        for hop, x in zip(member.node.hops, xs[member.row], strict=True):
            named = [each for line in hop.lines for each in (*line.follow_ups, *(later.id for later in line.scheduled))]
            for an_id in dict.fromkeys(named):
                found[member.row, an_id].append(x)
    return found


def _earliest(members: Sequence[Member], xs: Sequence[Sequence[int]]) -> list[float]:
    """Of each row, where its first mark is; where it has none, the first of what it caused; or nowhere."""
    found: list[float] = [own[0] if own else math.inf for own in xs]
    for member in reversed(members):
        if member.parent is not None and not xs[member.parent]:
            found[member.parent] = min(found[member.parent], found[member.row])
    return found
