"""The notifications of a journey, in sentences for support: what was sent to people, is due, waits or failed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from rich.text import Text

from ops.stage.log_lines import LogLine
from ops.terminal.output import printable
from ops.terminal.times import minute
from ops.trace.announcements import MessageState
from ops.trace.journey import Node, began
from ops.trace.mails import mail_result, mail_results
from ops.trace.tree import is_pending, last_line, next_step
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
)
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reasons import OperatorAction, Outcome
from schemas.reports import REPORT_READY
from schemas.sms import SMS_SEND
from schemas.users import USER_INVITED
from schemas.webhooks import WEBHOOK_ENDPOINT_FAILING

NAMES = {
    BOOKING_CREATED.name: "confirmation",
    APPOINTMENT_REMINDER.name: "reminder",
    APPOINTMENT_RESCHEDULED.name: "change of time",
    APPOINTMENT_CANCELLED.name: "cancellation",
    REPORT_READY.name: "report",
    USER_INVITED.name: "invitation",
    PAYMENT_FAILED.name: "failed payment",
    WEBHOOK_ENDPOINT_FAILING.name: "endpoint warning",
}
"""The notification that each reaction sends, in plain words; another's is called by its type."""

_PLANS = {APPOINTMENT_CREATED.name: "reminders"}
"""Reactions that only schedule notifications, which speak for themselves once they are scheduled."""

_JOBS = {EMAIL_SEND.name: "mail", SMS_SEND.name: "text", PAYMENT_RETRY.name: "payment retry"}

_GOOD, _OPEN, _BAD, _PLAIN = "bold green", "yellow", "bold red", ""


class Clause(NamedTuple):
    """A part of a notification's sentence: the outcome of one channel."""

    text: str
    style: str = _PLAIN


class Notification(NamedTuple):
    """A notification, and what became of it."""

    node: Node
    """The message that decided on it."""

    name: str
    """Such as `reminder 24 h`, with the day (UTC) if that is not today's."""

    clauses: tuple[Clause, ...]

    @property
    def sentence(self) -> str:
        """The whole sentence, printable: `reminder: mail delivered 14:00:33, text sent 14:00:35`."""
        return f"{self.name}: {', '.join(clause.text for clause in self.clauses)}"


def support_lines(roots: Sequence[Node], now: datetime) -> Iterator[Text]:
    """The notifications of some journeys for a terminal, a line each."""
    for each in notifications(roots, now):
        clauses = [part for clause in each.clauses for part in (", ", (clause.text, clause.style))]
        yield Text.assemble((f"{each.name}: ", "bold"), *clauses[1:])


def notifications(roots: Sequence[Node], now: datetime) -> Iterator[Notification]:
    """Yield what the people of some journeys received or will receive, in the order of the messages.

    Args:
        roots: the trees.
        now: the present time, for days and waiting times.
    """
    several = len({root.company_id for root in roots if root.company_id}) > 1
    replaced = _replaced(roots)
    for parent, node in _pairs(roots):
        clauses = () if id(node) in replaced else tuple(_clauses(node, parent, now))
        if clauses:
            company = f" of company {printable(node.company_id or _company(roots, node))}" if several else ""
            yield Notification(node, f"{_name(node, parent)}{company}{_day(node, now)}", clauses)


def _pairs(roots: Sequence[Node]) -> Iterator[tuple[Node | None, Node]]:
    """Every message with its parent, parents first."""
    for root in roots:
        above: list[Node] = []
        for depth, node in root.walk():
            above[depth:] = [node]
            yield (above[depth - 1] if depth else None), node


def _replaced(roots: Sequence[Node]) -> set[int]:
    """Cancelled schedules whose key has a later one: a moved appointment has one reminder of each kind."""
    by_key: dict[str, list[Node]] = {}
    for _, node in _pairs(roots):
        if node.key:
            by_key.setdefault(node.key, []).append(node)
    cancelled: set[int] = set()
    for nodes in by_key.values():
        stale = [node for node in nodes if node.state is MessageState.CANCELLED]
        cancelled |= {id(node) for node in (stale if len(stale) < len(nodes) else stale[:-1])}
    return cancelled


def _clauses(node: Node, parent: Node | None, now: datetime) -> Iterator[Clause]:
    """What became of a notification; none for a message that is none, or that its parent's sentence is about."""
    if node.state is MessageState.SCHEDULED:
        yield _due(node, now)
    elif node.state is MessageState.CANCELLED:
        yield Clause("cancelled")
    elif node.type in {EMAIL_SEND.name, SMS_SEND.name}:
        if parent is None or not _sends(parent):
            yield _mail(node, now) if node.type == EMAIL_SEND.name else _text(node, now)
    elif node.type == PAYMENT_RETRY.name:
        yield _state(node, now) or Clause(f"done {_time(node)}", _GOOD)
    elif _sends(node):
        yield from _sent(node, now)
    elif node.type in _PLANS and (state := _state(node, now)):
        yield state


def _sends(node: Node) -> bool:
    """Whether a message is a reaction that notifies people."""
    return node.type in NAMES or (
        node.type not in _JOBS and any(child.type in {EMAIL_SEND.name, SMS_SEND.name} for child in node.children)
    )


def _sent(node: Node, now: datetime) -> Iterator[Clause]:
    """What a reaction's mails and texts came to, what it left out, and why it sent none."""
    mails = [child for child in node.children if child.type == EMAIL_SEND.name]
    if len(mails) > 1 and (all_of_them := mail_results(mails)):
        yield Clause(all_of_them.sentence, all_of_them.style)
    else:
        yield from (_prefixed("mail", _mail(mail, now)) for mail in mails)
    texts = [child for child in node.children if child.type == SMS_SEND.name]
    yield from (_prefixed("text", _text(each, now)) for each in texts)
    if state := _state(node, now):
        yield state
        return
    done = _done(node)
    left_out = done.left_out if done else ()
    yield from (Clause(f"left out {printable(sentence)}", _OPEN) for sentence in left_out)
    if not mails and not texts and not left_out:
        waiting = any(child.state is MessageState.PUBLISHED for child in node.children)
        nothing = "nothing sent yet" if waiting else "nothing sent"
        yield Clause(printable(done.detail if done else "") or nothing, _OPEN if waiting else _PLAIN)


def _prefixed(channel: str, clause: Clause) -> Clause:
    return clause._replace(text=f"{channel} {clause.text}")


def _mail(node: Node, now: datetime) -> Clause:
    if result := mail_result(node):
        return Clause(result.sentence, result.style)
    return _state(node, now) or Clause("sent before")


def _text(node: Node, now: datetime) -> Clause:
    """The end of a text: nobody reports whether a phone got it."""
    return _state(node, now) or Clause(f"sent {_time(node)}", _GOOD)


def _state(node: Node, now: datetime) -> Clause | None:
    """Why a message is not done; None if it is."""
    last = last_line(node)
    if last is None:
        return Clause("on its way", _OPEN)
    if is_pending(node):
        return Clause(next_step(node, now), _OPEN)
    match last.what:
        case Outcome.SKIPPED:
            clause = Clause(f"skipped: {printable(last.detail)}" if last.detail else "skipped", _OPEN)
        case Outcome.DEAD_LETTERED:
            clause = Clause(printable(f"failed: {last.reason}, cause {last.fingerprint}"), _BAD)
        case OperatorAction.DISCARDED:
            clause = Clause("discarded by an operator", _BAD)
        case OperatorAction.REDONE if not _done(node):
            clause = Clause("done again under another id", _OPEN)
        case _:
            return None
    return clause


def _due(node: Node, now: datetime) -> Clause:
    if node.due is None:
        return Clause("scheduled", _OPEN)
    if node.due < now:
        return Clause(f"was due {minute(node.due)}, and is not in these logs yet", _OPEN)
    return Clause(f"due {minute(node.due)}", _OPEN)


def _name(node: Node, parent: Node | None) -> str:
    """The notification in words: by the key of its schedule, which says which reminder it is, or by its type."""
    kind, *_, last = node.key.split("/") if node.key.count("/") else ("", "")
    match kind:
        case "reminder":
            return printable(f"reminder {last[:-1]} {last[-1:]}")
        case "text":
            return "reminder by text"
        case "payment":
            return printable(f"payment retry {last}")
    words = NAMES | _PLANS | _JOBS
    again = " again" if parent and parent.type == node.type else ""
    return printable(words.get(node.type, node.type)) + again


def _day(node: Node, now: datetime) -> str:
    """The day of a notification that was not sent today."""
    at = began([node])
    return f" on {at:%Y-%m-%d}" if node.hops and at and at.date() != now.date() else ""


def _company(roots: Sequence[Node], node: Node) -> str:
    """The tenant of the tree that a message without a line is in."""
    return next(root.company_id for root in roots if any(each is node for _, each in root.walk()))


def _time(node: Node) -> str:
    """When a job was done, in UTC."""
    done = _done(node)
    return f"{done.at:%H:%M:%S}" if done else "before"


def _done(node: Node) -> LogLine | None:
    return next((line for line in node.lines if line.what is Outcome.SUCCEEDED), None)
