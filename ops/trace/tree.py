"""A journey on a terminal: trees of messages and their hops, redrive commands, and what became of the mails."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rich.text import Text
from rich.tree import Tree

from ops.dead_letters.dead_letter import FINGERPRINT
from ops.stage.log_lines import LogLine, in_effect
from ops.stage.services import SERVICES
from ops.terminal.output import counted, printable
from ops.terminal.times import after, span
from ops.trace.announcements import MessageState
from ops.trace.journey import Hop, Node, began
from ops.trace.mails import detail_style, mail_result, mail_results
from schemas.destinations import Destination
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome

MARKS: dict[Outcome | OperatorAction, tuple[str, str]] = {
    Outcome.ROUTED: ("→", "cyan"),
    Outcome.SUCCEEDED: ("✓", "green"),
    Outcome.SKIPPED: ("○", "cyan"),
    Outcome.DUPLICATE: ("=", "cyan"),
    Outcome.RETRYING: ("↻", "yellow"),
    Outcome.DEFERRED: ("…", "yellow"),
    Outcome.DEAD_LETTERED: ("✗", "bold red"),
    OperatorAction.REDRIVEN: ("↺", "magenta"),
    OperatorAction.REDRIVE_REFUSED: ("⊘", "red"),
    OperatorAction.DISCARDED: ("⌫", "magenta"),
    OperatorAction.POSTED: ("!", "blue"),
    OperatorAction.MAILED: ("!", "blue"),
    OperatorAction.SHOWN: ("◉", "dim"),
    OperatorAction.PAUSED: ("‖", "magenta"),
    OperatorAction.RESUMED: ("▸", "magenta"),
    OperatorAction.TRIED: ("▹", "magenta"),
    OperatorAction.ACKNOWLEDGED: ("☑", "magenta"),
    OperatorAction.SNOOZED: ("☑", "magenta"),
    OperatorAction.RESOLVED: ("☑", "magenta"),
    OperatorAction.REDONE: ("⟲", "magenta"),
    OperatorAction.REDO_REFUSED: ("⊘", "red"),
    OperatorAction.SCHEDULE_CANCELLED: ("⊖", "magenta"),
    OperatorAction.SCHEDULE_RUN: ("▸", "magenta"),
    OperatorAction.RENEWED: ("⟳", "dim"),
}
"""The mark of each outcome and action, and its colour."""

_LABELS: dict[Outcome | OperatorAction, str] = {
    Outcome.DEAD_LETTERED: "dead-lettered",
    OperatorAction.POSTED: "alert sent to Slack",
    OperatorAction.MAILED: "alert sent by email",
    OperatorAction.SHOWN: "payload shown",
    OperatorAction.TRIED: "tried by hand",
    OperatorAction.RENEWED: "dead letter renewed",
    OperatorAction.REDONE: "done again",
    OperatorAction.REDRIVE_REFUSED: "redrive refused by AWS",
    OperatorAction.REDO_REFUSED: "redo refused by AWS",
    OperatorAction.SCHEDULE_CANCELLED: "schedule cancelled",
    OperatorAction.SCHEDULE_RUN: "sent before it was due",
}
_WITHOUT_EFFECT = frozenset(OperatorAction) - {
    OperatorAction.REDRIVEN,
    OperatorAction.DISCARDED,
    OperatorAction.REDONE,
}
"""Actions after which the message is where it was before; of a tried one, its function's own line has the outcome."""

_LABEL_WIDTH = 13
"""Columns of a hop's label; longer ones move the rest of their line."""


def text(roots: Sequence[Node], *, asked: str, stage: str, now: datetime) -> Iterator[Tree | Text]:
    """The trees as text, the commands that redrive their dead letters, and what became of the mails.

    Args:
        roots: the trees, at least one.
        asked: the id that was searched for; it is highlighted.
        stage: the stage's name, for the commands.
        now: the present time, for waiting times.
    """
    start = began(roots) or now
    for root in roots:
        yield tree(root, asked=asked, start=start, now=now)
    yield summary(roots)
    for command in redrives(roots, stage):
        yield Text.assemble("  when the cause is fixed: ", (command, "bold"))
    if result := mail_results(roots):
        yield Text(result.text, result.style)


def tree(root: Node, *, asked: str, start: datetime, now: datetime) -> Tree:
    """Draw one tree; times are relative to the start."""
    trunk = Tree(_heading(root, asked, start), guide_style="dim")
    branches = [trunk]
    for depth, node in root.walk():
        if depth:
            branches[depth:] = [branches[depth - 1].add(_heading(node, asked, None))]
        for hop in node.hops:
            branches[depth].add(_hop(hop, node, start, asked))
        if step := next_step(node, now):
            branches[depth].add(Text(f"{'':>9} {step}", "yellow"))
    return trunk


def summary(roots: Sequence[Node]) -> Text:
    """The numbers of messages and hops, the time they took, and what is pending or dead-lettered."""
    nodes = [node for root in roots for _, node in root.walk()]
    lines = [line for node in nodes for line in node.lines]
    first, last = began(roots), max((line.at for line in lines), default=None)
    dead = sum(dead_letter_line(node) is not None for node in nodes)
    pending = sum(is_pending(node) for node in nodes)
    parts = [counted(len(nodes), "message"), counted(sum(len(node.hops) for node in nodes), "hop")]
    if first and last:
        parts.append(span(last - first))
    line = Text(", ".join(parts), "dim")
    if pending:
        line.append(f", {pending} pending", "yellow")
    if dead:
        line.append(f", {counted(dead, 'dead letter')}", "bold red")
    elif not pending:
        line.append(", all done", "green")
    return line


def redrives(roots: Sequence[Node], stage: str) -> list[str]:
    """The commands that redrive the dead letters, one for each cause.

    Operators copy them, so no text from a log enters one unchecked.
    """
    lines = [line for root in roots for _, node in root.walk() if (line := dead_letter_line(node))]
    return [
        f"taly-async redrive {service} --cause {fingerprint} --stage {stage}"
        for service, fingerprint in dict.fromkeys((each.service, each.fingerprint) for each in lines)
        if service in SERVICES and FINGERPRINT.fullmatch(fingerprint)
    ]


def dead_letter_line(node: Node) -> LogLine | None:
    """The line by which the message is in a dead-letter queue; None where it is in none, or no longer."""
    last = last_line(node)
    return last if last and last.what is Outcome.DEAD_LETTERED else None


def last_line(node: Node) -> LogLine | None:
    """The message's last line, apart from actions that AWS refused and those without effect."""
    lines = in_effect(hop.last for hop in node.hops)
    return next((line for line in reversed(lines) if line.what not in _WITHOUT_EFFECT), None)


def is_pending(node: Node) -> bool:
    """Whether the system will still deliver the message, without an operator."""
    last = last_line(node)
    if last is None:
        return node.state in {MessageState.PUBLISHED, MessageState.SCHEDULED}
    return last.what in {Outcome.ROUTED, Outcome.RETRYING, Outcome.DEFERRED, OperatorAction.REDRIVEN}


def next_step(node: Node, now: datetime) -> str:
    """The event that the message waits for; empty where it is not pending, or has no line."""
    last = last_line(node)
    if last is None or not is_pending(node):
        return ""
    service = printable(node.type if last.what is Outcome.ROUTED else last.service)
    waited = now - last.at - timedelta(seconds=last.delay or 0)
    if waited < timedelta(0) and last.delay is not None:
        return f"returns to {service} in {span(-waited)}"
    return f"waiting for {service or 'its function'} for {span(waited)}"


def _heading(node: Node, asked: str, start: datetime | None) -> Text:
    text = Text()
    if node.type:
        text.append(f"{printable(node.type)} ", "bold")
    text.append(printable(node.id) or "(no id)", "reverse" if node.is_called(asked) else "")
    if start:
        text.append(f"  {start:%Y-%m-%d %H:%M:%S}.{start.microsecond // 1000:03} UTC", "cyan")
        text.append(f"  company {printable(node.company_id)}" if node.company_id else "", "dim")
    if result := mail_result(node):
        text.append(f"  {result.text}", result.style)
    match node.state:
        case MessageState.SEEN:
            pass
        case MessageState.SCHEDULED | MessageState.CANCELLED:
            text.append(f"  {node.state}: {printable(node.key)}", "yellow")
        case MessageState.PUBLISHED:
            text.append(f"  {node.state}", "yellow")
        case MessageState.UNSEEN:
            text.append(f"  {node.state}: try a longer --since", "yellow")
    return text


def _hop(hop: Hop, node: Node, start: datetime, asked: str) -> Text:
    first, last = hop.first, hop.last
    mark, colour = MARKS[last.what]
    text = Text.assemble((f"{after(first.at - start):>9} ", "dim"), (f"{mark} {label(hop):<{_LABEL_WIDTH}}", colour))
    for number, (part, style) in enumerate(details(hop, node)):
        text.append(" · " if number else " ", "dim")
        text.append(part, style)
    if asked in {line.sqs_message_id for line in hop.lines}:
        text.append(f" (SQS {printable(asked)})", "reverse")
    return text


def label(hop: Hop) -> str:
    """The outcome or action, and how often in a row it happened."""
    return in_words(hop.last.what) + (f" x{len(hop.lines)}" if len(hop.lines) > 1 else "")


def in_words(what: Outcome | OperatorAction) -> str:
    """Return an outcome or action in words."""
    return _LABELS.get(what, str(what))


def details(hop: Hop, node: Node) -> list[tuple[str, str]]:
    """The details of a hop, each printable and with its style."""
    last, telling = hop.last, hop.telling
    parts = [
        (_where(last, node), "dim" if last.service == QUEUE_PROCESSOR else ""),
        (f"from {last.source}" if last.source else "", ""),
        (f"received {last.receive_count} times" if (last.receive_count or 1) > 1 else "", "yellow"),
        (span(timedelta(milliseconds=last.duration_ms)) if last.duration_ms else "", "dim"),
        (f"by {last.who.split(':')[-1]}" if last.who else "", ""),
        (f"as {last.new_id}" if last.new_id else "", ""),
        (f"{last.reason} {last.fingerprint}".strip(), "red"),
        (_waits_for(last), "yellow"),
        (": ".join(filter(None, (telling.error, telling.detail))), detail_style(telling.service, telling.error)),
        (f"at {last.frame}" if last.frame else "", "dim"),
        (_delay_text(last.delay), "yellow"),
        *((f"cancelled {key}", "yellow") for key in last.unscheduled),
        *((f"left out: {sentence}", "yellow") for sentence in last.left_out),
    ]
    return [(printable(part), style) for part, style in parts if part]


def _where(line: LogLine, node: Node) -> str:
    """The attempt, or the function where it is not the message's own."""
    if not isinstance(line.what, Outcome):
        return ""
    if line.service != node.type:
        return f"by {line.service}"
    return f"attempt {line.attempt}" if line.attempt else ""


def _waits_for(line: LogLine) -> str:
    """The system that a deferred message waits for."""
    if line.what is not Outcome.DEFERRED or not line.destination:
        return ""
    known = line.destination in set(Destination)
    return f"waits for {Destination(line.destination).in_words if known else line.destination}"


def _delay_text(delay: int | None) -> str:
    if delay is None:
        return ""
    return f"again in {span(timedelta(seconds=delay))}" if delay else "again at once"
