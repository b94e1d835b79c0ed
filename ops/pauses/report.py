"""The output of `pause`, `resume`, `pauses` and `try`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.pauses.actions import Pauser, PauseResult
from ops.pauses.pauses import HEARTBEATS_STOP, is_destination, read_pauses, services_of, stops_heartbeats
from ops.pauses.try_message import TryResult, try_next
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.services import SERVICES, service
from ops.status.health import Queue
from ops.status.status import count
from ops.terminal.input import confirmed
from ops.terminal.output import console, counted, notes, printable, show
from ops.terminal.times import duration, minute, span
from ops.trace.tree import in_words
from schemas.destinations import Destination
from schemas.pauses import Pause
from schemas.wire import timestamp


def pause(stage: DeployedStage, subject: str, *, comment: str, lasting: str, yes: bool) -> bool:
    """Pause a type or a destination; says whether all of it is paused now.

    Args:
        stage: the stage.
        subject: a type, `queue_processor`, or a destination.
        comment: why, for the audit log.
        lasting: how long, as it was typed; empty: until somebody resumes.
        yes: whether to skip the question that is asked where heartbeats stop.

    Raises:
        OperatorError: a name, the comment or the duration is wrong, nobody can be asked, or AWS refuses.
    """
    services = services_of(subject)
    length = duration(lasting) if lasting else None
    if stops_heartbeats(subject):
        notes.print(HEARTBEATS_STOP, style="yellow", soft_wrap=True)
        if not confirmed(f"Pause {_named(subject, services)} in stage {stage.name}?", yes=yes):
            notes.print("Nothing was paused.")
            return False
    result = Pauser(stage=stage).pause(subject, comment=comment, duration=length)
    show(_paused(result, stage.name, datetime.now(UTC)), _records(result, "paused"))
    return not result.failed


def resume(stage: DeployedStage, subject: str, *, comment: str) -> bool:
    """Resume a type or a destination; says whether nothing that was asked for is paused any more.

    Raises:
        OperatorError: the name is wrong, or AWS refuses.
    """
    result = Pauser(stage=stage).resume(subject, comment=comment)
    show(_resumed(result, stage.name), _records(result, "resumed"))
    return not result.failed


def list_pauses(stage: DeployedStage) -> bool:
    """Show what is paused in a stage.

    Raises:
        OperatorError: there is no such stage, or AWS refuses.
    """
    now = datetime.now(UTC)
    found = read_pauses(stage).by_service
    waiting = {name: _waiting(stage, name) for name in SERVICES if name in found}
    records = [{**_record(found[name]), "waiting": messages} for name, messages in waiting.items()]
    if not found:
        show([f"Nothing is paused in stage {stage.name}."], records)
        return True
    table = _table(stage.name)
    for name, messages in waiting.items():
        table.add_row(*_cells(found[name], now), f"{messages:,}")
    by_hand = [_by_hand(name, stage.name) for name in waiting if found[name].is_by_hand]
    subjects = dict.fromkeys(each.subject for each in found.values() if each.subject)
    show([table, *by_hand, *(_to_end(subject, stage.name) for subject in subjects)], records)
    return True


def try_one(stage: DeployedStage, name: str) -> bool:
    """Run the next message of a paused type; says whether it succeeded.

    Raises:
        OperatorError: there is no such type, it is not paused, the audit log cannot be written, or AWS refuses.
    """
    with console.status(f"Try one message of {printable(name)} in stage {stage.name} …"):
        result = try_next(stage, name)
    if isinstance(result, Queue):
        show(
            [_nothing_visible(name, result)], [{"type": name, "delayed": result.delayed, "in_flight": result.in_flight}]
        )
        return False
    show(_tried(name, result, stage.name), [_tried_record(name, result)])
    return result.succeeded


def _named(subject: str, services: Iterable[str]) -> str:
    if not is_destination(subject):
        return subject
    return f"{', '.join(services)}, which call {Destination(subject).in_words},"


def _paused(result: PauseResult, stage: str, now: datetime) -> Iterator[Text]:
    for name, each in result.changed.items():
        yield Text.assemble(("✓ ", "green"), f"{name} is paused {_until(each, now)}; runs that have begun end")
    for name, each in result.kept.items():
        yield Text.assemble(("- ", "dim"), f"{name} was paused already{_whose(each)}, {_until(each, now)}")
    if result.ends_otherwise:
        yield Text.assemble(
            ("! ", "yellow"),
            f"{', '.join(result.ends_otherwise)}: this does not end when you asked for. "
            "For another end, resume it and pause it again",
        )
    yield from _rest(result, "paused")
    if result.changed:
        yield _to_end(result.subject, stage)


def _resumed(result: PauseResult, stage: str) -> Iterator[Text]:
    for name in result.changed:
        yield Text.assemble(("✓ ", "green"), f"{name} is resumed: what waited runs now")
    for name, each in result.kept.items():
        yield Text.assemble(
            ("- ", "dim"),
            f"{name} stays paused{_whose(each)}. To resume it: taly-async resume {name} --stage {stage}",
        )
    if result.running:
        yield Text.assemble(("- ", "dim"), f"not paused: {', '.join(result.running)}")
    yield from _rest(result, "resumed")


def _rest(result: PauseResult, done: str) -> Iterator[Text]:
    if result.absent:
        yield Text.assemble(("- ", "dim"), f"not deployed yet: {', '.join(result.absent)}")
    for name, why in result.failed.items():
        yield Text.assemble(("✗ ", "red"), f"{name} was not {done}: {why}")
    if result.failed and len(result.failed) < len(services_of(result.subject)):
        yield Text("  Repeat the command for what is left: the others keep what they have")


def _whose(pause: Pause) -> str:
    if pause.is_by_hand:
        return ", disabled by hand"
    subject = f" as {printable(pause.subject)}" if pause.subject != pause.service else ""
    return f"{subject} by {printable(pause.operator) or '?'}"


def _until(pause: Pause, now: datetime) -> str:
    if pause.until is None:
        return "until somebody resumes it"
    if pause.is_over(now):
        return "and ends within a minute"
    return f"for {span(pause.until - now)}, until {minute(pause.until)}"


def _to_end(subject: str, stage: str) -> Text:
    return Text(f"  To end it: taly-async resume {printable(subject)} --stage {stage}", "dim")


def _by_hand(name: str, stage: str) -> Text:
    return Text.assemble(
        ("✗ ", "red"),
        f"{name}: somebody disabled its event source mapping without `taly-async pause`, so it does not end by itself. "
        f"To enable it: taly-async resume {name} --stage {stage}",
    )


def _table(stage: str) -> Table:
    table = Table(title=f"Paused in stage {stage}", title_justify="left", box=None, pad_edge=False)
    for heading in ("type", "paused as", "by", "since (UTC)", "until (UTC)"):
        table.add_column(heading, overflow="fold")
    table.add_column("waiting", justify="right", no_wrap=True)
    return table


def _cells(pause: Pause, now: datetime) -> tuple[str, ...]:
    if pause.is_by_hand:
        return pause.service, "disabled by hand", "?", "?", "somebody enables it"
    since = f"{pause.since:%Y-%m-%d %H:%M}" if pause.since else "?"
    if pause.until is None:
        until = "somebody resumes"
    else:
        until = f"{pause.until:%Y-%m-%d %H:%M} ({'due' if pause.is_over(now) else f'in {span(pause.until - now)}'})"
    return pause.service, printable(pause.subject), printable(pause.operator) or "?", since, until


def _waiting(stage: DeployedStage, name: str) -> int:
    """Return the approximate number of messages in a queue."""
    with aws_failures_as_sentences():
        return count(stage.client("sqs"), service(name, stage).queue_url).total


def _records(result: PauseResult, done: str) -> Iterator[Mapping[str, Any]]:
    for each in result.changed.values():
        yield {**_record(each), "result": done}
    for each in result.kept.values():
        yield {**_record(each), "result": "kept"}
    for name in result.running:
        yield {"type": name, "result": "not paused"}
    for name in result.absent:
        yield {"type": name, "result": "not deployed"}
    for name, why in result.failed.items():
        yield {"type": name, "result": "failed", "why": why}


def _record(pause: Pause) -> dict[str, Any]:
    return {
        "type": pause.service,
        "subject": pause.subject,
        "by": pause.by,
        "since": timestamp(pause.since) if pause.since else None,
        "until": timestamp(pause.until) if pause.until else None,
        "by_hand": pause.is_by_hand,
    }


def _nothing_visible(name: str, queue: Queue) -> Text:
    if not queue.total:
        return Text.assemble(("- ", "dim"), f"no message waits in the queue of {name}: there is nothing to try")
    return Text.assemble(
        ("- ", "dim"),
        f"no message of {name} can be received now: {queue.delayed:,} delayed until their time, {queue.in_flight:,} "
        "hidden because somebody received them, for some minutes at most. Repeat this later",
    )


def _tried(name: str, result: TryResult, stage: str) -> Iterator[Text]:
    which = printable(result.id or result.sqs_message_id)
    mark = ("✓ ", "green") if result.succeeded else ("✗ ", "red")
    yield Text.assemble(mark, f"{name} {which}: {_end(result)}")
    if result.line and result.line.delay is not None:
        yield Text(f"  its copy waits in the queue, for {counted(result.line.delay, 'second')} at least")
    if result.not_deleted:
        yield Text(f"  it could not be deleted, so it will run again: {result.not_deleted}")
    elif not result.was_deleted:
        yield Text("  it stays in its queue, hidden for some minutes (its visibility timeout); then try it again")
    yield Text(f"  To see all of it: taly-async trace {which} --stage {stage}", style="dim")


def _end(result: TryResult) -> str:
    """Say how a run ended, in the words of the function's log line, which have no value of the payload."""
    if result.function_error:
        return f"the function ended with {printable(result.function_error)}"
    if result.line is None:
        return "the function has ended; its log does not say how yet"
    line = result.line
    took = f" in {line.duration_ms:,} ms" if line.duration_ms is not None else ""
    why = ": ".join(printable(each) for each in (line.reason, line.error, line.detail) if each)
    return f"{in_words(line.what)}{took}{f': {why}' if why else ''}"


def _tried_record(name: str, result: TryResult) -> Mapping[str, Any]:
    line = result.line
    return {
        "type": name,
        "id": result.id,
        "sqs_message_id": result.sqs_message_id,
        "outcome": line.what if line else None,
        "duration_ms": line.duration_ms if line else None,
        "reason": line.reason if line else "",
        "error": line.error if line else "",
        "detail": line.detail if line else "",
        "function_error": result.function_error,
        "deleted": result.was_deleted,
    }
