"""The journey of messages, put together from what logs say of them: a tree of what caused what.

Lines come in any order, twice, or not at all; ids and causes are what producers wrote. So nothing here trusts that
causes make a tree: each message hangs where it was first said to, and what would be a circle is cut.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from ops.stage.log_lines import LogLine
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome

_OVERTAKING = timedelta(seconds=2)
"""The ingress writes its line once EventBridge has taken a message: the next function may have been quicker."""


class MessageState(StrEnum):
    """What is known of a message."""

    SEEN = "seen"
    """Lines tell of it."""

    ON_ITS_WAY = "on its way"
    """Another message's line says that it was put on the bus."""

    SCHEDULED = "scheduled"
    """Another message's line says that it comes in later."""

    CALLED_OFF = "called off"
    """It was to come in later, and was called off, or another one took its place."""

    UNSEEN = "not in these logs"
    """It is named as the cause of others, and nothing more."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a message: one line, or deferrals in a row that are alike."""

    lines: tuple[LogLine, ...]

    @property
    def first(self) -> LogLine:
        """When it began to be so."""
        return self.lines[0]

    @property
    def last(self) -> LogLine:
        """What was said last."""
        return self.lines[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One message, and what it caused."""

    id: str
    standing: MessageState
    key: str = ""
    """Of its schedule."""

    hops: tuple[Hop, ...] = ()
    """In order of time."""

    children: tuple["Node", ...] = ()
    """In the order in which they were first seen, those that were not last."""

    @property
    def type(self) -> str:
        """Empty where no line says it."""
        return next((line.type for line in self.lines if line.type), "")

    @property
    def company_id(self) -> str:
        """Likewise."""
        return next((line.company_id for line in self.lines if line.company_id), "")

    @property
    def lines(self) -> Iterator[LogLine]:
        """Its own."""
        return (line for hop in self.hops for line in hop.lines)

    def walk(self) -> Iterator[tuple[int, "Node"]]:
        """It and all that it caused, each before its children, with how many causes lie between."""
        stack = [(0, self)]
        while stack:
            depth, node = stack.pop()
            yield depth, node
            stack += [(depth + 1, child) for child in reversed(node.children)]

    def has(self, an_id: str) -> bool:
        """Whether this id, of a message or of SQS's, is somewhere in it."""
        return any(node.id == an_id or any(an_id in _ids(line) for line in node.lines) for _, node in self.walk())


def began(roots: Iterable[Node]) -> datetime | None:
    """When the first line of these was written; None where there is none."""
    return min((line.at for root in roots for _, node in root.walk() for line in node.lines), default=None)


def journeys(lines: Iterable[LogLine]) -> tuple[Node, ...]:
    """The trees that the lines tell of, the earliest first. Order and duplicates of lines make no difference."""
    by_id: dict[str, list[LogLine]] = {}
    for line in sorted(set(lines), key=_order):
        by_id.setdefault(line.key, []).append(line)
    ordered = {an_id: _ingress_first(own) for an_id, own in by_id.items()}
    promised = _promises(ordered)
    parents = _parents(ordered, promised)
    return _assembled(ordered, parents, promised)


def _order(line: LogLine) -> tuple[object, ...]:
    """By time, and by whatever else there is where times are alike, so that it never depends on who was read first."""
    return line.at, line.service != QUEUE_PROCESSOR, line.attempt or 0, line.final, repr(line)


def _ingress_first(lines: Sequence[LogLine]) -> list[LogLine]:
    routed = next((at for at, line in enumerate(lines) if line.what is Outcome.ROUTED), 0)
    if routed and lines[routed].at - lines[0].at <= _OVERTAKING:
        return [lines[routed], *lines[:routed], *lines[routed + 1 :]]
    return list(lines)


@dataclass(frozen=True, slots=True)
class _Announced:
    """What a message's lines say of one that is to follow."""

    by: str
    standing: MessageState
    key: str = ""


def _promises(by_id: Mapping[str, Sequence[LogLine]]) -> dict[str, _Announced]:
    """What was announced, by id; of a schedule's key, what was said last holds."""
    promised: dict[str, _Announced] = {}
    standing: dict[str, str] = {}
    for line in sorted((line for lines in by_id.values() for line in lines), key=_order):
        replaced = [standing.pop(key, "") for key in line.unscheduled]
        replaced += [standing.pop(each.key, "") for each in line.scheduled if standing.get(each.key) != each.id]
        for an_id in filter(None, replaced):
            promised[an_id] = _Announced(promised[an_id].by, MessageState.CALLED_OFF, promised[an_id].key)
        for an_id in line.follow_ups:
            by = promised[an_id].by if an_id in promised else line.key
            promised[an_id] = _Announced(by, MessageState.ON_ITS_WAY)
        for each in line.scheduled:
            standing[each.key] = each.id
            by = promised[each.id].by if each.id in promised else line.key
            promised[each.id] = _Announced(by, MessageState.SCHEDULED, each.key)
    return promised


def _parents(by_id: Mapping[str, Sequence[LogLine]], promised: Mapping[str, _Announced]) -> dict[str, str]:
    """Each message's cause, in the order of the messages, without circles."""
    parents = {an_id: promise.by for an_id, promise in promised.items()}
    for an_id, lines in by_id.items():
        if cause := next((line.causation_id for line in lines if line.causation_id), ""):
            parents[an_id] = cause
    position = {an_id: at for at, an_id in enumerate(by_id)}
    sound: set[str] = set()
    for start in (*by_id, *promised):
        way: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in sound and at not in way:
            way[at] = None
            at = parents.get(at)
        if at is not None and at in way:  # a circle: what was seen first was not caused by the rest
            names = list(way)
            circle = names[names.index(at) :]
            del parents[min(circle, key=lambda each: (position.get(each, len(position)), each))]
        sound |= way.keys()
    return parents


def _assembled(
    by_id: Mapping[str, Sequence[LogLine]], parents: Mapping[str, str], promised: Mapping[str, _Announced]
) -> tuple[Node, ...]:
    """From the leaves to the roots, without recursion: how deep causes go is what producers write."""
    ids = list(dict.fromkeys((*by_id, *promised, *parents.values())))
    children: dict[str, list[str]] = {}
    for an_id in ids:
        if an_id in parents:
            children.setdefault(parents[an_id], []).append(an_id)
    roots = [an_id for an_id in ids if an_id not in parents]
    parents_first: list[str] = []
    stack = list(reversed(roots))
    while stack:
        parents_first.append(an_id := stack.pop())
        stack += reversed(children.get(an_id, ()))
    nodes: dict[str, Node] = {}
    for an_id in reversed(parents_first):
        own = _by_time([nodes[child] for child in children.get(an_id, ())])
        nodes[an_id] = _node(an_id, by_id.get(an_id, ()), promised.get(an_id), own)
    return _by_time([nodes[root] for root in roots])


def _node(an_id: str, lines: Sequence[LogLine], promise: _Announced | None, children: tuple[Node, ...]) -> Node:
    standing, key = (promise.standing, promise.key) if promise else (MessageState.UNSEEN, "")
    return Node(
        id=an_id,
        standing=MessageState.SEEN if lines else standing,
        key=key,
        hops=tuple(_hops(lines)),
        children=children,
    )


def _hops(lines: Iterable[LogLine]) -> Iterator[Hop]:
    for (service, what, *_), alike in groupby(
        lines, key=lambda line: (line.service, line.what, line.error, line.attempt)
    ):
        together = tuple(alike)
        if what is Outcome.DEFERRED and service:
            yield Hop(together)
        else:
            yield from (Hop((line,)) for line in together)


def _by_time(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """By the first line, of their children where they have none; those without any in the order given, after them."""
    told = [(node, first) for node in nodes if (first := _first(node))]
    told.sort(key=lambda each: _order(each[1]))
    return (*(node for node, _ in told), *(node for node in nodes if not _first(node)))


def _first(node: Node) -> LogLine | None:
    known = node if node.hops or not node.children else node.children[0]
    return known.hops[0].first if known.hops else None


def _ids(line: LogLine) -> tuple[str, str]:
    return line.id, line.sqs_message_id
