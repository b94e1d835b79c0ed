"""Outcomes of the mails of a journey: delivered, bounced, marked as spam, skipped, or not known yet."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from ops.stage.log_lines import LogLine
from ops.terminal.output import counted, printable
from ops.trace.journey import Node
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome


class MailState(StrEnum):
    """The outcome of a mail, from the best to the worst: the worst of several reports counts."""

    DELIVERED = "delivered"
    UNREPORTED = "without a report from SES"
    """SES took the mail, and no log has a report on it yet."""

    SKIPPED = "skipped"
    """The mail was not sent on purpose: its address is suppressed, or it came too late."""

    BOUNCED = "bounced"
    COMPLAINED = "marked as spam"


MAIL_MARKS: dict[MailState, tuple[str, str]] = {
    MailState.DELIVERED: ("✓", "bold green"),
    MailState.UNREPORTED: ("…", "yellow"),
    MailState.SKIPPED: ("○", "yellow"),
    MailState.BOUNCED: ("✗", "bold red"),
    MailState.COMPLAINED: ("✗", "bold red"),
}
"""The mark of each state, and its colour."""

_STATES = {
    EMAIL_DELIVERED.name: MailState.DELIVERED,
    EMAIL_BOUNCED.name: MailState.BOUNCED,
    EMAIL_COMPLAINED.name: MailState.COMPLAINED,
}
_WORST_LAST = tuple(MailState)


class MailResult(NamedTuple):
    """The outcome of a mail, or of all mails of a journey."""

    state: MailState
    sentence: str
    """Printable: `delivered 14:00:33`, `bounced: the mailbox is unknown`, `skipped: suppressed: …`."""

    @property
    def text(self) -> str:
        """The sentence with its mark."""
        return f"{MAIL_MARKS[self.state][0]} {self.sentence}"

    @property
    def style(self) -> str:
        """The colour of the text."""
        return MAIL_MARKS[self.state][1]


def detail_style(service: str, error: str) -> str:
    """Return the colour of a line's detail: the mail's, where the function reports what became of one.

    Args:
        service: the function that wrote the line.
        error: the line's error; empty where it has none.
    """
    if error:
        return ""
    return MAIL_MARKS[_STATES[service]][1] if service in _STATES else "dim"


def mail_result(node: Node) -> MailResult | None:
    """Return what became of the mail of an `email.send`; None for other messages, and while nothing is sent."""
    if reports := [child for child in node.children if child.type in _STATES]:
        worst = max(reports, key=lambda each: _WORST_LAST.index(_STATES[each.type]))
        state = _STATES[worst.type]
        return MailResult(state, _detail(worst.lines, Outcome.SUCCEEDED) or state)
    if node.type != EMAIL_SEND.name:
        return None
    outcomes = [line.what for line in node.lines]
    if Outcome.SUCCEEDED in outcomes:
        return MailResult(MailState.UNREPORTED, "sent, no report from SES yet")
    if Outcome.SKIPPED in outcomes:
        detail = _detail(node.lines, Outcome.SKIPPED)
        return MailResult(MailState.SKIPPED, f"skipped: {detail}" if detail else "skipped")
    return None


def mail_results(roots: Sequence[Node]) -> MailResult | None:
    """Return what became of the mail of a journey, or of how many of its mails; None where none was sent."""
    mails = [(node.type, mail_result(node)) for root in roots for _, node in root.walk()]
    results = [result for _, result in mails if result]
    unsent = sum(result is None and type_name == EMAIL_SEND.name for type_name, result in mails)
    if not results:
        return None
    if len(results) + unsent == 1:
        return results[0]
    counts = Counter(result.state for result in results)
    parts = [f"{counts[state]} {state}" for state in MailState if counts[state]]
    parts += [f"{unsent} not sent"] if unsent else []
    worst = max(counts, key=_WORST_LAST.index)
    return MailResult(worst, f"{counted(len(results) + unsent, 'mail')}: {', '.join(parts)}")


def _detail(lines: Iterable[LogLine], what: Outcome) -> str:
    """The sentence of the last line with an outcome."""
    return printable(next((line.detail for line in reversed(tuple(lines)) if line.what is what), ""))
