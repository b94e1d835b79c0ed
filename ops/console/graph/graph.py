"""Graph of a journey over time: a lane for each message, a mark for each hop, edges from causes to follow-ups.

It holds values only, in pixels; `templates/journey_graph.html` draws them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len

from ops.console.graph.layout import Layout, Member, lay_out
from ops.console.graph.marks import MailMark, Mark, cut, mail_mark, mark, placeholder, state_of
from ops.console.graph.time_axis import Tick, gap_width, tick, ticks, timestamp
from ops.terminal.output import printable
from ops.trace.journey import Node, began
from ops.trace.mails import mail_result, mail_results
from ops.trace.tree import dead_letter_line, is_pending, next_step, summary

MARK = 20
"""Diameter of a mark; no shape is larger."""

SPACING = MARK + 8
"""Minimum distance between the middles of two marks in a lane."""

AXIS = 32
"""Height of the axis, above the lanes."""

LANE = 44
"""Height of a lane."""

_LEFT = SPACING + MARK
_MARGIN = 16
_BOTTOM = 8

_INDENT = 14
_MAX_INDENTS = 8
"""Depth up to which labels are indented; a longer chain of causes is a loop."""

_MAX_LABEL_WIDTH = 32
_MAX_ID_WIDTH = 18
_ID_START, _ID_END = 8, 6
_MAX_TITLE_LENGTH = 600
_CELL = 8
"""Upper limit of a character's width in a label; Chinese, Japanese and Korean ones take two cells."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a lane, from left to right."""

    x1: int
    x2: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One message. Every text except `id` is printable."""

    id: str
    """Id as the producer wrote it, for lookups only: it may hold characters that must not be shown."""

    y: int
    """Position of the lane's middle."""

    depth: int
    """Number of causes between the message and its root, up to the limit of indents."""

    indent: int
    """Left end of the label."""

    label: str
    """Type, or the message's state if the type is unknown; cut to the width of a label."""

    sublabel: str
    """Id, or the key of a message that is only scheduled; cut to the width of an id."""

    name: str
    """Type, or the message's state and the key of its schedule."""

    whole_id: str
    cause: str
    """Name and short id of the message's cause; empty for a root."""

    company_id: str
    """Tenant; empty if no log line names one, or if it is the same as the cause's."""

    next_step: str
    """The event that the message waits for; empty if it does not wait."""

    mail: MailMark | None
    """The outcome of the mail, for a message that sends one."""

    marks: tuple[Mark, ...]
    """At least one, from left to right."""

    stretch: Stretch
    """From the first mark, or from an edge that leaves before it, to the last mark."""

    open_end: Stretch | None
    """From the last mark to now, for a message that waits."""

    is_dead_letter: bool
    """Whether the message is in a dead-letter queue."""

    is_searched: bool
    """Whether the message was searched for."""

    @property
    def title(self) -> str:
        """Tooltip with the full name, id and tenant, and what became of the mail."""
        company = f" · company {self.company_id}" if self.company_id else ""
        mail = f" · {self.mail.text}" if self.mail else ""
        return cut(f"{self.name} {self.whole_id}{company}{mail}", _MAX_TITLE_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Line from a cause, down and to the right, to the first mark of a follow-up."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_hollow: bool
    """Whether the follow-up has no hop yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The whole graph. Labels are a separate picture of the same height, left of the marks."""

    summary: str
    mails: MailMark | None
    """The outcomes of the mails; None if none was sent."""

    start: str
    """Time from which the axis counts."""

    lanes: tuple[Lane, ...]
    """Messages, each before its follow-ups."""

    edges: tuple[Edge, ...]
    ticks: tuple[Tick, ...]
    now: Tick | None
    """Tick of the current time, if a message waits; one of `ticks`."""

    width: int
    labels_width: int
    height: int


@dataclass(frozen=True, slots=True)
class _TimeRange:
    """Time that the graph covers."""

    start: datetime
    now: datetime
    now_tick: Tick | None
    """None if no message waits."""


def graph(roots: Sequence[Node], *, searched_id: str, now: datetime) -> Graph:
    """Lay out trees over time.

    Args:
        roots: roots of the trees.
        searched_id: id by which the trees were found.
        now: time up to which pending messages have waited.
    """
    layout = lay_out(roots, left=_LEFT, spacing=SPACING)
    now_tick = _now_tick(now, layout) if any(is_pending(member.node) for member in layout.members) else None
    times = _TimeRange(began(roots) or now, now, now_tick)
    lanes = tuple(_lane(member, layout, times, searched_id) for member in layout.members)
    axis = ticks(layout.times, start=times.start, reserved=[now_tick] if now_tick else [])
    ends = [xs[-1] + MARK // 2 for xs in layout.xs] + [math.ceil(each.x + each.width / 2) for each in axis]
    return Graph(
        summary=summary(roots).plain,
        mails=mail_mark(mail_results(roots)),
        start=timestamp(times.start),
        lanes=lanes,
        edges=tuple(_edges(layout)),
        ticks=axis,
        now=now_tick,
        width=max(ends, default=_LEFT) + _MARGIN,
        labels_width=max((_label_width(lane) for lane in lanes), default=0) + _MARGIN,
        height=AXIS + LANE * len(lanes) + _BOTTOM,
    )


def _now_tick(now: datetime, layout: Layout) -> Tick:
    """Place the current time right of all marks, with room for its label beside the start's."""
    last = max(layout.times, default=now)
    x = layout.times.get(last, _LEFT) + gap_width(now - last)
    rightmost = max(xs[-1] for xs in layout.xs)
    return tick(max(now, last), max(x, rightmost + SPACING, _LEFT + 2 * SPACING), "now")


def _lane(member: Member, layout: Layout, times: _TimeRange, searched_id: str) -> Lane:
    node, xs = member.node, layout.xs[member.row]
    marks = tuple(
        mark(hop, node, x=x, start=times.start, searched_id=searched_id) for hop, x in zip(node.hops, xs, strict=False)
    )
    name, whole_id = _name(node), printable(node.id) or "(no id)"
    depth = min(member.depth, _MAX_INDENTS)
    cause = layout.members[member.parent].node if member.parent is not None else None
    return Lane(
        id=node.id,
        y=_y(member.row),
        depth=depth,
        indent=_MARGIN + _INDENT * depth,
        label=_fit(name if node.hops else str(node.state), _MAX_LABEL_WIDTH),
        sublabel=_short(whole_id if node.hops else printable(node.key) or whole_id),
        name=name,
        whole_id=whole_id,
        cause=f"{_name(cause)} {_short(printable(cause.id))}" if cause else "",
        company_id=printable(node.company_id) if cause is None or cause.company_id != node.company_id else "",
        next_step=next_step(node, times.now),
        mail=mail_mark(mail_result(node)),
        marks=marks or (placeholder(node, x=xs[0]),),
        stretch=Stretch(layout.starts[member.row], xs[-1]),
        open_end=Stretch(xs[-1], times.now_tick.x) if times.now_tick and is_pending(node) else None,
        is_dead_letter=dead_letter_line(node) is not None,
        is_searched=node.is_called(searched_id),
    )


def _edges(layout: Layout) -> Iterator[Edge]:
    for member in layout.members:
        if member.parent is not None:
            yield Edge(
                x1=layout.departures[member.row],
                y1=_y(member.parent),
                x2=layout.xs[member.row][0],
                y2=_y(member.row),
                is_hollow=not member.node.hops,
            )


def _y(row: int) -> int:
    return AXIS + LANE * row + LANE // 2


def _name(node: Node) -> str:
    return printable(node.type) or ("(no type)" if node.hops else state_of(node))


def _label_width(lane: Lane) -> int:
    return lane.indent + math.ceil(_CELL * max(cell_len(lane.label), cell_len(lane.sublabel)))


def _short(message_id: str) -> str:
    """Keep the start and the end of a long id: ids of one producer often start alike."""
    if len(message_id) <= _MAX_ID_WIDTH:
        return _fit(message_id, _MAX_ID_WIDTH)
    return _fit(f"{message_id[:_ID_START]}…{message_id[-_ID_END:]}", _MAX_ID_WIDTH)


def _fit(text: str, cells: int) -> str:
    """Cut a text to a width in cells; a combining character counts as one cell."""
    shown = ""
    for each in text:
        cells -= max(1, cell_len(each))
        if cells < 0:
            return f"{shown[:-1]}…"
        shown += each
    return shown
