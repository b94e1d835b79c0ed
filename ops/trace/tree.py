"""A journey on a terminal: a tree of messages, each with its hops, and below it what is to be done."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rich.text import Text
from rich.tree import Tree

from ops.dead_letters.dead_letter import FINGERPRINT
from ops.stage.log_lines import LogLine
from ops.stage.services import SERVICES
from ops.terminal.output import printable
from ops.terminal.times import after, span
from ops.trace.journey import Hop, MessageState, Node, began
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
    OperatorAction.DISCARDED: ("⌫", "magenta"),
    OperatorAction.POSTED: ("!", "blue"),
    OperatorAction.MAILED: ("!", "blue"),
    OperatorAction.SHOWN: ("◉", "dim"),
}
"""A sign and its colour, of whatever happens to a message."""

_WORDS: dict[Outcome | OperatorAction, str] = {
    Outcome.DEAD_LETTERED: "dead-lettered",
    OperatorAction.POSTED: "told in Slack",
    OperatorAction.MAILED: "told by email",
    OperatorAction.SHOWN: "payload seen",
}
_KNOWING = frozenset({OperatorAction.POSTED, OperatorAction.MAILED, OperatorAction.SHOWN})
"""By which people got to know of a message: it lies where it lay."""

_WIDEST_WORD = 13


def text(roots: Sequence[Node], *, asked: str, stage: str, now: datetime) -> Iterator[Tree | Text]:
    """The trees for a terminal, and the commands that redrive their dead letters.

    Args:
        roots: the trees, at least one.
        asked: the id by which they were found.
        stage: where it happened.
        now: for what is still to come.
    """
    start = began(roots) or now
    for root in roots:
        yield tree(root, asked=asked, start=start, now=now)
    yield summary(roots)
    for command in redrives(roots, stage):
        yield Text.assemble("  when the cause is mended: ", (command, "bold"))


def tree(root: Node, *, asked: str, start: datetime, now: datetime) -> Tree:
    """One tree, its times as seconds from the start."""
    trunk = Tree(_heading(root, asked, start), guide_style="dim")
    branches = [trunk]
    for depth, node in root.walk():
        if depth:
            branches[depth:] = [branches[depth - 1].add(_heading(node, asked, None))]
        for hop in node.hops:
            branches[depth].add(_hop(hop, node, start, asked))
        if text := outlook(node, now):
            branches[depth].add(Text(f"{'':>9} {text}", "yellow"))
    return trunk


def summary(roots: Sequence[Node]) -> Text:
    """How much there is of it, and how it stands."""
    nodes = [node for root in roots for _, node in root.walk()]
    lines = [line for node in nodes for line in node.lines]
    took = max((line.at for line in lines), default=None)
    first = began(roots)
    dead = sum(letter_of(node) is not None for node in nodes)
    waiting = sum(waits(node) for node in nodes)
    parts = [_many(len(nodes), "message"), _many(sum(len(node.hops) for node in nodes), "hop")]
    if took and first:
        parts.append(span(took - first))
    text = Text(", ".join(parts), "dim")
    if waiting:
        text.append(f", {waiting} on the way", "yellow")
    if dead:
        text.append(f", {_many(dead, 'dead letter')}", "bold red")
    elif not waiting:
        text.append(", all done", "green")
    return text


def redrives(roots: Sequence[Node], stage: str) -> list[str]:
    """The commands that send back what lies in dead-letter queues, one for each cause.

    They are there to be copied: none has a word that whoever writes to a log made up.
    """
    letters = [letter for root in roots for _, node in root.walk() if (letter := letter_of(node))]
    return [
        f"taly-async redrive {service} --cause {fingerprint} --stage {stage}"
        for service, fingerprint in dict.fromkeys((each.service, each.fingerprint) for each in letters)
        if service in SERVICES and FINGERPRINT.fullmatch(fingerprint)
    ]


def letter_of(node: Node) -> LogLine | None:
    """The line that says that it lies in a dead-letter queue; None where it does not, or not any more."""
    last = _last(node)
    return last if last and last.what is Outcome.DEAD_LETTERED else None


def _last(node: Node) -> LogLine | None:
    """What was said of the message last, but for who got to know of it."""
    return next((hop.last for hop in reversed(node.hops) if hop.last.what not in _KNOWING), None)


def waits(node: Node) -> bool:
    """Whether something is still to happen to it by itself."""
    last = _last(node)
    if last is None:
        return node.standing in {MessageState.ON_ITS_WAY, MessageState.SCHEDULED}
    return last.what in {Outcome.ROUTED, Outcome.RETRYING, Outcome.DEFERRED, OperatorAction.REDRIVEN}


def outlook(node: Node, now: datetime) -> str:
    """What is to come, in words; empty where nothing is, or where nothing but its announcement is known."""
    last = _last(node)
    if last is None or not waits(node):
        return ""
    service = printable(node.type if last.what is Outcome.ROUTED else last.service)
    waited = now - last.at - timedelta(seconds=last.delay or 0)
    if waited < timedelta(0) and last.delay is not None:
        return f"comes back to {service} in {span(-waited)}"
    return f"waits for {service or 'its function'} since {span(waited)}"


def _heading(node: Node, asked: str, start: datetime | None) -> Text:
    text = Text()
    if node.type:
        text.append(f"{printable(node.type)} ", "bold")
    text.append(printable(node.id) or "(no id)", "reverse" if node.id == asked else "")
    if start:
        text.append(f"  {start:%Y-%m-%d %H:%M:%S}.{start.microsecond // 1000:03} UTC", "cyan")
        text.append(f"  company {printable(node.company_id)}" if node.company_id else "", "dim")
    match node.standing:
        case MessageState.SEEN:
            pass
        case MessageState.SCHEDULED | MessageState.CALLED_OFF:
            text.append(f"  {node.standing}: {printable(node.key)}", "yellow")
        case MessageState.ON_ITS_WAY:
            text.append(f"  {node.standing}", "yellow")
        case MessageState.UNSEEN:
            text.append(f"  {node.standing}: a longer --since may have it", "yellow")
    return text


def _hop(hop: Hop, node: Node, start: datetime, asked: str) -> Text:
    first, last = hop.first, hop.last
    mark, colour = MARKS[last.what]
    text = Text.assemble((f"{after(first.at - start):>9} ", "dim"), (f"{mark} {word(hop):<{_WIDEST_WORD}}", colour))
    for number, (part, style) in enumerate(details(hop, node)):
        text.append(" · " if number else " ", "dim")
        text.append(part, style)
    if asked in {line.sqs_message_id for line in hop.lines}:
        text.append(f" (SQS {printable(asked)})", "reverse")
    return text


def word(hop: Hop) -> str:
    """What happened, and how often in a row."""
    what = hop.last.what
    return _WORDS.get(what, str(what)) + (f" x{len(hop.lines)}" if len(hop.lines) > 1 else "")


def details(hop: Hop, node: Node) -> list[tuple[str, str]]:
    """What there is to say of a hop, each part printable and with its style."""
    last = hop.last
    parts = [
        (_where(last, node), "dim" if last.service == QUEUE_PROCESSOR else ""),
        (f"received {last.receive_count} times" if (last.receive_count or 1) > 1 else "", "yellow"),
        (span(timedelta(milliseconds=last.duration_ms)) if last.duration_ms else "", "dim"),
        (f"by {last.who.split(':')[-1]}" if last.who else "", ""),
        (f"{last.reason} {last.fingerprint}".strip(), "red"),
        (": ".join(filter(None, (last.error, last.detail))), "" if last.error else "dim"),
        (f"at {last.frame}" if last.frame else "", "dim"),
        (_again(last.delay), "yellow"),
        *((f"called off {key}", "yellow") for key in last.unscheduled),
    ]
    return [(printable(part), style) for part, style in parts if part]


def _where(line: LogLine, node: Node) -> str:
    """Which attempt it was; of what happened elsewhere than at its own function, where."""
    if not isinstance(line.what, Outcome):
        return ""
    if line.service != node.type:
        return f"by {line.service}"
    return f"attempt {line.attempt}" if line.attempt else ""


def _again(delay: int | None) -> str:
    if delay is None:
        return ""
    return f"again in {span(timedelta(seconds=delay))}" if delay else "again at once"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
