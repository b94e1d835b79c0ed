"""Marks of a journey's graph: the symbol of each hop, and its description in a tooltip."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops.console.graph.time_axis import elapsed, timestamp
from ops.terminal.output import printable
from ops.trace.announcements import MessageState
from ops.trace.journey import Hop, Node
from ops.trace.mails import MailResult, MailState
from ops.trace.tree import MARKS, details, label
from schemas.reasons import OperatorAction, Outcome

_MAX_TITLE_LENGTH = 600


class MarkKind(StrEnum):
    """Kind of a mark: its CSS class, which sets colour and shape."""

    OK = "ok"
    BAD = "bad"
    PENDING = "pending"
    QUIET = "quiet"
    OPERATOR = "operator"


KINDS: dict[Outcome | OperatorAction, MarkKind] = {
    Outcome.ROUTED: MarkKind.QUIET,
    Outcome.SUCCEEDED: MarkKind.OK,
    Outcome.SKIPPED: MarkKind.QUIET,
    Outcome.DUPLICATE: MarkKind.QUIET,
    Outcome.RETRYING: MarkKind.PENDING,
    Outcome.DEFERRED: MarkKind.PENDING,
    Outcome.DEAD_LETTERED: MarkKind.BAD,
    OperatorAction.REDRIVEN: MarkKind.OPERATOR,
    OperatorAction.REDRIVE_REFUSED: MarkKind.BAD,
    OperatorAction.DISCARDED: MarkKind.OPERATOR,
    OperatorAction.POSTED: MarkKind.QUIET,
    OperatorAction.MAILED: MarkKind.QUIET,
    OperatorAction.SHOWN: MarkKind.OPERATOR,
    OperatorAction.PAUSED: MarkKind.OPERATOR,
    OperatorAction.RESUMED: MarkKind.OPERATOR,
    OperatorAction.TRIED: MarkKind.OPERATOR,
    OperatorAction.REDONE: MarkKind.OPERATOR,
    OperatorAction.REDO_REFUSED: MarkKind.BAD,
    OperatorAction.SCHEDULE_CANCELLED: MarkKind.OPERATOR,
    OperatorAction.SCHEDULE_RUN: MarkKind.OPERATOR,
    OperatorAction.ACKNOWLEDGED: MarkKind.OPERATOR,
    OperatorAction.SNOOZED: MarkKind.OPERATOR,
    OperatorAction.RESOLVED: MarkKind.OPERATOR,
    OperatorAction.RENEWED: MarkKind.QUIET,
}


_MAIL_KINDS: dict[MailState, MarkKind] = {
    MailState.DELIVERED: MarkKind.OK,
    MailState.UNREPORTED: MarkKind.PENDING,
    MailState.SKIPPED: MarkKind.QUIET,
    MailState.BOUNCED: MarkKind.BAD,
    MailState.COMPLAINED: MarkKind.BAD,
}


@dataclass(frozen=True, slots=True)
class MailMark:
    """The outcome of a mail: its text is printable."""

    kind: MarkKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One hop, or a placeholder for a message without hops. Every text is printable."""

    x: int
    """Position of the mark's middle, in pixels."""

    kind: MarkKind
    word: str
    symbol: str = ""
    """Symbol as in the terminal; empty for a placeholder."""

    elapsed: str = ""
    """Time since the start; empty for a placeholder."""

    at: str = ""
    """Time to the millisecond; empty for a placeholder."""

    details: tuple[str, ...] = ()
    """Attempt, place, error, operator, and other facts of the hop."""

    is_hollow: bool = False
    """Whether the mark is a placeholder."""

    is_searched: bool = False
    """Whether the hop belongs to the delivery that was searched for by its SQS message id."""

    @property
    def title(self) -> str:
        """Tooltip: all facts in one line, cut where a log line holds too much text."""
        when = f" {self.elapsed}, {self.at}" if self.elapsed else ""
        return cut(" · ".join((f"{self.word}{when}", *self.details)), _MAX_TITLE_LENGTH)


def mark(hop: Hop, node: Node, *, x: int, start: datetime, searched_id: str) -> Mark:
    """Create the mark of a hop; its time counts from the start."""
    what = hop.last.what
    until = (f"until {elapsed(start, hop.last.at)}, {timestamp(hop.last.at)}",) if len(hop.lines) > 1 else ()
    return Mark(
        x=x,
        kind=KINDS[what],
        word=label(hop),
        symbol=MARKS[what][0],
        elapsed=elapsed(start, hop.first.at),
        at=timestamp(hop.first.at),
        details=(*until, *(text for text, _ in details(hop, node))),
        is_searched=searched_id in {line.sqs_message_id for line in hop.lines},
    )


def mail_mark(result: MailResult | None) -> MailMark | None:
    """Create the mark of what became of a mail, if it is known."""
    return MailMark(_MAIL_KINDS[result.state], cut(result.text, _MAX_TITLE_LENGTH)) if result else None


def placeholder(node: Node, *, x: int) -> Mark:
    """Create the mark of a message without hops."""
    is_pending = node.state in {MessageState.PUBLISHED, MessageState.SCHEDULED}
    return Mark(x=x, kind=MarkKind.PENDING if is_pending else MarkKind.QUIET, word=state_of(node), is_hollow=True)


def state_of(node: Node) -> str:
    """State of a message without hops, with the key of its schedule."""
    return f"{node.state}: {printable(node.key)}" if node.key else str(node.state)


def cut(text: str, limit: int) -> str:
    """Cut a text to a number of characters; the last one is then an ellipsis."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
