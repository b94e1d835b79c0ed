"""The marks of a journey's graph: what each hop looks like, and what it says when somebody asks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops.console.graph.time_axis import exactly, since
from ops.terminal.output import printable
from ops.trace.journey import Hop, MessageState, Node
from ops.trace.tree import MARKS, details, label
from schemas.reasons import OperatorAction, Outcome

_LONGEST_TITLE = 600


class MarkKind(StrEnum):
    """What a mark means at a glance: its class, and so its colour and its shape."""

    OK = "ok"
    BAD = "bad"
    WAITS = "waits"
    QUIET = "quiet"
    PERSON = "person"


KINDS: dict[Outcome | OperatorAction, MarkKind] = {
    Outcome.ROUTED: MarkKind.QUIET,
    Outcome.SUCCEEDED: MarkKind.OK,
    Outcome.SKIPPED: MarkKind.QUIET,
    Outcome.DUPLICATE: MarkKind.QUIET,
    Outcome.RETRYING: MarkKind.WAITS,
    Outcome.DEFERRED: MarkKind.WAITS,
    Outcome.DEAD_LETTERED: MarkKind.BAD,
    OperatorAction.REDRIVEN: MarkKind.PERSON,
    OperatorAction.DISCARDED: MarkKind.PERSON,
    OperatorAction.POSTED: MarkKind.QUIET,
    OperatorAction.MAILED: MarkKind.QUIET,
    OperatorAction.SHOWN: MarkKind.PERSON,
}
"""Of whatever happens to a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One hop; or of a message that has none, that it is known all the same. Every text is printable."""

    x: int
    """Of its middle, in pixels."""

    kind: MarkKind
    word: str
    symbol: str = ""
    """As on a terminal; empty where there is no hop."""

    after: str = ""
    """How long after the start; likewise."""

    at: str = ""
    """When, to the millisecond; likewise."""

    details: tuple[str, ...] = ()
    """Where, which attempt, its error, who did it, and whatever else there is to say."""

    is_hollow: bool = False
    """Whether it stands for what has not been seen."""

    is_asked: bool = False
    """Whether it is of the delivery that was looked for, by SQS's id."""

    @property
    def title(self) -> str:
        """All of it in a line, cut where somebody wrote a book into a log."""
        when = f" {self.after}, {self.at}" if self.after else ""
        return cut(" · ".join((f"{self.word}{when}", *self.details)), _LONGEST_TITLE)


def mark(hop: Hop, node: Node, *, x: int, start: datetime, asked: str) -> Mark:
    """The mark of a hop, its time counted from the start."""
    what = hop.last.what
    until = (f"until {since(start, hop.last.at)}, {exactly(hop.last.at)}",) if len(hop.lines) > 1 else ()
    return Mark(
        x=x,
        kind=KINDS[what],
        word=label(hop),
        symbol=MARKS[what][0],
        after=since(start, hop.first.at),
        at=exactly(hop.first.at),
        details=(*until, *(text for text, _ in details(hop, node))),
        is_asked=asked in {line.sqs_message_id for line in hop.lines},
    )


def hollow(node: Node, *, x: int) -> Mark:
    """The mark of a message without hops."""
    awaited = node.state in {MessageState.PUBLISHED, MessageState.SCHEDULED}
    return Mark(x=x, kind=MarkKind.WAITS if awaited else MarkKind.QUIET, word=standing(node), is_hollow=True)


def standing(node: Node) -> str:
    """What is known of a message that has no hops, in words."""
    return f"{node.state}: {printable(node.key)}" if node.key else str(node.state)


def cut(text: str, most: int) -> str:
    """The text, or its beginning."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
