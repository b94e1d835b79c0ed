"""A journey laid out over time: a lane a message, a mark a hop, and lines from causes to what they caused.

Values alone, in pixels, for `templates/journey_graph.html` to draw.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from ops.console.graph.layout import Layout, Member, lay_out
from ops.console.graph.marks import Mark, cut, hollow, mark, standing
from ops.console.graph.time_axis import Tick, exactly, pause, tick, ticks
from ops.terminal.output import printable
from ops.trace.journey import Node, began
from ops.trace.tree import dead_letter_line, is_pending, next_step, summary

MARK = 20
"""The diameter of a mark: none of its shapes reaches further."""

APART = MARK + 8
"""From the middle of a mark to that of the next one in its lane, at least."""

AXIS = 32
"""The height of the axis, above the lanes."""

LANE = 44
"""The height of a lane."""

_LEFT = APART + MARK
_MARGIN = 16
_BELOW = 8

_INDENT = 14
_MOST_INDENTS = 8
"""More causes in a row than this are a loop: what lies deeper is indented no more."""

_LONGEST_LABEL = 32
_LONGEST_ID = 18
_HEAD_OF_ID, _TAIL_OF_ID = 8, 6
_LONGEST_TITLE = 600
_CELL = 8
"""The width of a letter of a label, at most; half as much as that of a letter of Chinese, Japanese or Korean."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a lane, from left to right."""

    x1: int
    x2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One message. Every text but `id` is printable."""

    id: str
    """As somebody wrote it: to look up, not to show."""

    y: int
    """Of its middle."""

    depth: int
    """How many causes lie between it and its root, as far as that is shown."""

    indent: int
    """Where its label begins."""

    label: str
    """Its type, or where that is unknown, how it stands; as far as there is room for it."""

    sublabel: str
    """Its id, or of what is scheduled, the key; likewise."""

    name: str
    """Its type, or how it stands and under which key."""

    whole_id: str
    cause: str
    """The name and the short id of what caused it; empty for a root."""

    company_id: str
    """Empty where no line says it, or where it is its cause's."""

    outlook: str
    """For what it waits; empty where it does not."""

    marks: tuple[Mark, ...]
    """At least one, from left to right."""

    stretch: Stretch
    """From its first mark, or from where something was caused before that, to its last."""

    open_end: Stretch | None
    """Up to now, where it waits."""

    is_dead: bool
    """Whether it lies in a dead-letter queue."""

    is_asked: bool
    """Whether it is the message that was looked for."""

    @property
    def title(self) -> str:
        """What the label leaves out."""
        company = f" · company {self.company_id}" if self.company_id else ""
        return cut(f"{self.name} {self.whole_id}{company}", _LONGEST_TITLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From a cause, down and to the right, to the first mark of what it caused."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_hollow: bool
    """Whether what it leads to has not been seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All of it. Labels stand beside the rest, in a picture of their own that is as high."""

    summary: str
    start: str
    """From when times are counted."""

    lanes: tuple[Lane, ...]
    """Each before what it caused."""

    edges: tuple[Edge, ...]
    ticks: tuple[Tick, ...]
    now: Tick | None
    """Up to where it waits, where it does; one of the ticks."""

    width: int
    labels_width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """From when to when."""

    start: datetime
    now: datetime
    until: Tick | None
    """Now on the axis; None where nothing waits."""


def graph(roots: Sequence[Node], *, asked: str, now: datetime) -> Graph:
    """Lay out trees over time.

    Args:
        roots: the trees.
        asked: the id by which they were found.
        now: until when that which waits has waited.
    """
    laid = lay_out(roots, left=_LEFT, apart=APART)
    until = _until(now, laid) if any(is_pending(member.node) for member in laid.members) else None
    clock = _Clock(began(roots) or now, now, until)
    lanes = tuple(_lane(member, laid, clock, asked) for member in laid.members)
    axis = ticks(laid.times, start=clock.start, taken=[until] if until else [])
    ends = [xs[-1] + MARK // 2 for xs in laid.xs] + [math.ceil(each.x + each.width / 2) for each in axis]
    return Graph(
        summary=summary(roots).plain,
        start=exactly(clock.start),
        lanes=lanes,
        edges=tuple(_edges(laid)),
        ticks=axis,
        now=until,
        width=max(ends, default=_LEFT) + _MARGIN,
        labels_width=max((_label_width(lane) for lane in lanes), default=0) + _MARGIN,
        height=AXIS + LANE * len(lanes) + _BELOW,
    )


def _until(now: datetime, laid: Layout) -> Tick:
    """Now, to the right of everything, with room for its label beside that of the start."""
    last = max(laid.times, default=now)
    waited = laid.times.get(last, _LEFT) + pause(now - last)
    rightmost = max(xs[-1] for xs in laid.xs)
    return tick(max(now, last), max(waited, rightmost + APART, _LEFT + 2 * APART), "now")


def _lane(member: Member, laid: Layout, clock: _Clock, asked: str) -> Lane:
    node, xs = member.node, laid.xs[member.row]
    marks = tuple(mark(hop, node, x=x, start=clock.start, asked=asked) for hop, x in zip(node.hops, xs, strict=False))
    name, whole_id = _name(node), printable(node.id) or "(no id)"
    depth = min(member.depth, _MOST_INDENTS)
    cause = laid.members[member.parent].node if member.parent is not None else None
    return Lane(
        id=node.id,
        y=_y(member.row),
        depth=depth,
        indent=_MARGIN + _INDENT * depth,
        label=_fitting(name if node.hops else str(node.state), _LONGEST_LABEL),
        sublabel=_short(whole_id if node.hops else printable(node.key) or whole_id),
        name=name,
        whole_id=whole_id,
        cause=f"{_name(cause)} {_short(printable(cause.id))}" if cause else "",
        company_id=printable(node.company_id) if cause is None or cause.company_id != node.company_id else "",
        outlook=next_step(node, clock.now),
        marks=marks or (hollow(node, x=xs[0]),),
        stretch=Stretch(laid.starts[member.row], xs[-1]),
        open_end=Stretch(xs[-1], clock.until.x) if clock.until and is_pending(node) else None,
        is_dead=dead_letter_line(node) is not None,
        is_asked=node.id == asked,
    )


def _edges(laid: Layout) -> Iterator[Edge]:
    for member in laid.members:
        if member.parent is not None:
            yield Edge(
                x1=laid.departures[member.row],
                y1=_y(member.parent),
                x2=laid.xs[member.row][0],
                y2=_y(member.row),
                is_hollow=not member.node.hops,
            )


def _y(row: int) -> int:
    return AXIS + LANE * row + LANE // 2


def _name(node: Node) -> str:
    return printable(node.type) or ("(no type)" if node.hops else standing(node))


def _label_width(lane: Lane) -> int:
    return lane.indent + math.ceil(_CELL * max(cell_len(lane.label), cell_len(lane.sublabel)))


def _short(an_id: str) -> str:
    """Its beginning and its end: ids of one producer begin alike, and derived ones are all of one length."""
    if len(an_id) <= _LONGEST_ID:
        return _fitting(an_id, _LONGEST_ID)
    return _fitting(f"{an_id[:_HEAD_OF_ID]}…{an_id[-_TAIL_OF_ID:]}", _LONGEST_ID)


def _fitting(text: str, cells: int) -> str:
    """The text, cut to a width; characters that take no room of their own count as if they did."""
    shown = ""
    for each in text:
        cells -= max(1, cell_len(each))
        if cells < 0:
            return f"{shown[:-1]}…"
        shown += each
    return shown
