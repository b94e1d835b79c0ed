"""Build the journey of messages from log lines: a tree in which each message is below the one that caused it.

Lines may come in any order, twice or not at all, and producers write the ids. So causes need not form a tree: a
message is below the cause that its lines name, else below the first message that announced it; cycles are cut. Messages
of several tenants or types may share an id: each is a tree of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ops.stage.log_lines import LogLine
from ops.trace.announcements import Announcement, MessageState, announcements, order
from schemas.reasons import Outcome

_INGRESS_DELAY = timedelta(seconds=2)
"""The ingress logs after EventBridge has accepted a message, so the next function's line may be earlier."""


_NOT_ASKED = "NotAskedError"
"""The error of a message that waits for a system which was known to be unavailable (`common/availability/`)."""

_BESIDE = " "
"""Between an id and what tells its messages apart; no id has it."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a message: a log line, or consecutive deferrals that are equal, or wait for one system."""

    lines: tuple[LogLine, ...]

    @property
    def first(self) -> LogLine:
        """The earliest line."""
        return self.lines[0]

    @property
    def last(self) -> LogLine:
        """The latest line."""
        return self.lines[-1]

    @property
    def telling(self) -> LogLine:
        """The latest line that says what failed: that another call was not made says little."""
        return next((line for line in reversed(self.lines) if line.error != _NOT_ASKED), self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One message, and the messages that it caused."""

    id: str
    state: MessageState
    key: str = ""
    """The key of the message's schedule."""

    due: datetime | None = None
    """When the message's schedule sends it, in UTC; None where no line says so."""

    hops: tuple[Hop, ...] = ()
    """In order of time."""

    children: tuple["Node", ...] = ()
    """By their first line; messages without a line come last."""

    @property
    def type(self) -> str:
        """The event type; empty where no line names it."""
        return next((line.type for line in self.lines if line.type), "")

    @property
    def company_id(self) -> str:
        """The tenant; empty where no line names it."""
        return next((line.company_id for line in self.lines if line.company_id), "")

    @property
    def lines(self) -> Iterator[LogLine]:
        """The lines of the message itself, not of those that it caused."""
        return (line for hop in self.hops for line in hop.lines)

    def walk(self) -> Iterator[tuple[int, "Node"]]:
        """Yield the message and all below it, parents first, each with its depth."""
        stack = [(0, self)]
        while stack:
            depth, node = stack.pop()
            yield depth, node
            stack += [(depth + 1, child) for child in reversed(node.children)]

    def is_called(self, asked: str) -> bool:
        """Whether an id or a subject is the message's own."""
        return self.id == asked or any(line.subject == asked for line in self.lines)

    def has(self, asked: str) -> bool:
        """Whether the tree contains a message id, an SQS message id or a subject."""
        return any(node.is_called(asked) or any(asked in _ids(line) for line in node.lines) for _, node in self.walk())


def began(roots: Iterable[Node]) -> datetime | None:
    """The time of the earliest line; None where there is none."""
    return min((line.at for root in roots for _, node in root.walk() for line in node.lines), default=None)


def journeys(lines: Iterable[LogLine]) -> tuple[Node, ...]:
    """Build the trees, the earliest first. The order of lines and duplicates make no difference."""
    in_order = sorted(set(lines), key=order)
    names = _Names(in_order)
    by_name: dict[str, list[LogLine]] = {}
    for line in in_order:
        by_name.setdefault(names.of(line), []).append(line)
    ordered = {name: _ingress_first(of_message) for name, of_message in by_name.items()}
    announced = announcements(ordered)
    parents = _parents(ordered, announced, names)
    return _trees(ordered, parents, announced)


class _Names:
    """Names of messages in these logs: the id, and beside an id that several share, type and tenant."""

    def __init__(self, lines: Iterable[LogLine]) -> None:
        self._owners: dict[str, dict[tuple[str, str], None]] = {}
        for line in lines:
            owners = self._owners.setdefault(line.key, {})
            if line.type:  # an operator's action names the id alone
                owners[line.type, line.company_id] = None

    def of(self, line: LogLine) -> str:
        """The name of the message that a line is about.

        An operator's action names service and tenant: the message is the tenant's with its id, else the first one.
        """
        owners = self._owners[line.key]
        of_tenant = [owner for owner in owners if owner[1] == line.company_id]
        own = (line.type or line.service, line.company_id)
        owner = own if line.type or own in owners else next(iter(of_tenant or owners), ("", ""))
        return self._name(line.key, owner)

    def of_cause(self, line: LogLine, announced_by: str) -> str:
        """The name of the message that caused a line's message: the one that announced it, else the tenant's."""
        owners = self._owners.get(line.causation_id, {})
        names = [self._name(line.causation_id, owner) for owner in owners]
        if announced_by in names or not names:
            return announced_by if names else line.causation_id
        own = [name for name, (_, company_id) in zip(names, owners, strict=True) if company_id == line.company_id]
        return (own or names)[0]

    def _name(self, an_id: str, owner: tuple[str, str]) -> str:
        return _BESIDE.join((an_id, *owner)) if len(self._owners[an_id]) > 1 else an_id


def _ingress_first(lines: Sequence[LogLine]) -> list[LogLine]:
    routed = next((at for at, line in enumerate(lines) if line.what is Outcome.ROUTED), 0)
    if routed and lines[routed].at - lines[0].at <= _INGRESS_DELAY:
        return [lines[routed], *lines[:routed], *lines[routed + 1 :]]
    return list(lines)


def _parents(
    by_id: Mapping[str, Sequence[LogLine]], announced: Mapping[str, Announcement], names: _Names
) -> dict[str, str]:
    """The cause of each message, in the order of the messages and without cycles."""
    parents = {an_id: announcement.by for an_id, announcement in announced.items()}
    for an_id, lines in by_id.items():
        if caused := next((line for line in lines if line.causation_id), None):
            parents[an_id] = names.of_cause(caused, parents.get(an_id, ""))
    position = {an_id: at for at, an_id in enumerate(by_id)}
    acyclic: set[str] = set()
    for start in (*by_id, *announced):
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in acyclic and at not in path:
            path[at] = None
            at = parents.get(at)
        if at is not None and at in path:  # a cycle: its earliest message was not caused by the others
            ids = list(path)
            cycle = ids[ids.index(at) :]
            del parents[min(cycle, key=lambda each: (position.get(each, len(position)), each))]
        acyclic |= path.keys()
    return parents


def _trees(
    by_id: Mapping[str, Sequence[LogLine]], parents: Mapping[str, str], announced: Mapping[str, Announcement]
) -> tuple[Node, ...]:
    """Build trees from the leaves up, without recursion: producers decide how deep causes go."""
    ids = list(dict.fromkeys((*by_id, *announced, *parents.values())))
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
        below = _by_time([nodes[child] for child in children.get(an_id, ())])
        nodes[an_id] = _node(an_id, by_id.get(an_id, ()), announced.get(an_id), below)
    return _by_time([nodes[root] for root in roots])


def _node(an_id: str, lines: Sequence[LogLine], announcement: Announcement | None, children: tuple[Node, ...]) -> Node:
    announced = announcement or Announcement("", MessageState.SEEN if lines else MessageState.UNSEEN)
    is_delivered = any(isinstance(line.what, Outcome) for line in lines)
    return Node(
        id=an_id.partition(_BESIDE)[0],
        state=MessageState.SEEN if is_delivered else announced.state,
        key=announced.key,
        due=announced.due,
        hops=tuple(_hops(lines)),
        children=children,
    )


def _hops(lines: Iterable[LogLine]) -> Iterator[Hop]:
    for (service, what, *_), equal in groupby(
        lines, key=lambda line: (line.service, line.what, line.destination or line.error, line.attempt)
    ):
        group = tuple(equal)
        if what is Outcome.DEFERRED and service:
            yield Hop(group)
        else:
            yield from (Hop((line,)) for line in group)


def _by_time(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Sort by the first line, else the first child's; nodes with neither come last, in the given order."""
    dated = [(node, first) for node in nodes if (first := _first(node))]
    dated.sort(key=lambda each: order(each[1]))
    return (*(node for node, _ in dated), *(node for node in nodes if not _first(node)))


def _first(node: Node) -> LogLine | None:
    source = node if node.hops or not node.children else node.children[0]
    return source.hops[0].first if source.hops else None


def _ids(line: LogLine) -> tuple[str, str]:
    return line.id, line.sqs_message_id
