"""`dead-letters list` and `show`: list dead letters by cause or one by one, and show one in full."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.causes.table import KnownCauses, known_causes
from ops.dead_letters.causes import CauseGroup, cause_lines, causes, one_line, presumed_error
from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import Filters
from ops.dead_letters.next_step import next_step
from ops.dead_letters.record import audit_shown, display_record, payload_text, summary, wait_texts
from ops.dead_letters.remedies import remedies_of
from ops.dead_letters.search import FoundDeadLetter, search
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import notes, printable, show
from schemas.reasons import Remedy


@dataclass(frozen=True, kw_only=True)
class ListRequest:
    """Which dead letters to list, and how."""

    stage: DeployedStage
    services: tuple[str, ...] = ()
    """Empty for all."""

    filters: Filters
    each: bool = False


def list_dead_letters(request: ListRequest) -> bool:
    """List dead letters; always return True, as finding some is no failure of the command.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    found = search(request.stage, request.services, request.filters)
    known = known_causes(request.stage) if found and not request.each else {}
    show(
        _list(request, found, known),
        map(summary, found) if request.each else (_record(cause, known) for cause in causes(found)),
    )
    return True


def _record(cause: CauseGroup, known: KnownCauses) -> dict[str, Any]:
    state = known[cause.key].state if cause.key in known else None
    return {**cause.record(), "state": state}


def _list(request: ListRequest, found: Sequence[FoundDeadLetter], known: KnownCauses) -> Iterator[str | Text]:
    if not found:
        yield f"No {'' if request.filters.empty else 'such '}dead letters in stage {request.stage.name}."
    elif request.each:
        yield from (_line(each) for cause in causes(found) for each in cause.found)
    else:
        yield from cause_lines(found, known)
        _print_next_commands(found, request.stage.name)


@dataclass(frozen=True, kw_only=True)
class ShowRequest:
    """Which dead letter to show, and how much of it."""

    stage: DeployedStage
    id: str
    """A message id or an SQS message id."""

    services: tuple[str, ...] = ()
    payload: bool = False


def show_dead_letter(request: ShowRequest) -> bool:
    """Show the dead letters with an id.

    Raises:
        OperatorError: there is none, AWS refuses, or a payload is wanted and the audit log cannot be written.
    """
    found = search(request.stage, request.services, Filters(id=request.id))
    if not found:
        raise OperatorError(
            f"no dead letter of stage {request.stage.name} has the id {printable(request.id)}: was it redriven or "
            "discarded, or is somebody else reading it? `taly-async dead-letters list --each` names all"
        )
    if request.payload:
        audit_shown(request.stage, found)
    shown = [display_record(each, payload=request.payload) for each in found]
    steps = [next_step(each, request.stage.name) for each in found]
    pairs = zip(shown, steps, strict=True)
    show((line for record, step in pairs for line in _lines(record, step, payload=request.payload)), shown)
    return True


def _line(found: FoundDeadLetter) -> Text:
    dead_letter = found.dead_letter
    columns = [
        as_text(dead_letter.dead_lettered_at) or "-",
        " ".join(filter(None, (found.service, found.claimed and f"({found.claimed})"))),
        dead_letter.reason or "-",
        dead_letter.fingerprint or "-",
        dead_letter.company_id or "-",
        dead_letter.id or dead_letter.sqs_message_id,
        one_line(dead_letter.error) or "-",
    ]
    return Text("  ".join(columns))


def _print_next_commands(found: Iterable[FoundDeadLetter], stage: str) -> None:
    """Print the next commands on standard error, so that a pipe gets only the list."""
    remedies = remedies_of(found)
    commands = [f"Show one: taly-async dead-letters list --each --stage {stage}, then … show ID"]
    if Remedy.REDRIVE in remedies:
        commands.append(f"Ours, once the causes are fixed: taly-async redrive --all --sample 5 --stage {stage}")
    if Remedy.DISCARD in remedies:
        discard = f'taly-async discard --remedy discard --comment "the senders are informed" --stage {stage}'
        commands.append(f"The senders', who get a text to read: {discard}")
    if Remedy.MEND in remedies:
        commands.append(f"An operator's: taly-async redo ID --show --stage {stage}, then … --payload FILE")
    notes.print("\n" + "\n".join(commands), style="dim", markup=False, soft_wrap=True)


def _lines(record: Mapping[str, Any], step: str, *, payload: bool) -> Iterator[Text]:
    history = record["failure_history"]
    yield Text(f"{record['type']}  {_text(record['id'] or record['sqs_message_id'])}", "bold")
    for label, value in (
        ("type", record["message_type"] if record["message_type"] != record["type"] else ""),
        ("source", record["source"]),
        ("reason", record["reason"] or ("" if record["error"] else presumed_error(record["type"]))),
        ("cause", record["fingerprint"]),
        ("error", record["error"]),
        ("next step", step),
        ("frame", history.get("frame")),
        ("tenant", record["company_id"]),
        ("dead-lettered", record["dead_lettered_at"]),
        ("enqueued at", history.get("firstEnqueuedAt")),
        ("function", history.get("function")),
        ("version", history.get("functionVersion")),
        ("request id", history.get("requestId")),
        ("deferrals", history.get("deferrals")),
        ("redriven", history.get("redriven")),
        ("SQS message", record["sqs_message_id"]),
    ):
        if value:
            yield _pair(label, value)
    yield Text("attempts", "bold")
    listed = history.get("attempts")
    attempts = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    yield from map(_attempt, attempts)
    if not attempts:
        yield Text("  none recorded", "dim")
    if waits := wait_texts(history):
        yield Text("waits", "bold")
        yield from (Text(f"  {printable(wait)}") for wait in waits)
    yield Text("envelope", "bold")
    yield from (_pair(key, value) for key, value in record["envelope"].items())
    if record["other_fields"]:
        yield _pair("other fields", ", ".join(record["other_fields"]))
    yield Text("payload", "bold")
    yield from _payload(record) if payload else [_withheld(record)]


def _attempt(attempt: Mapping[str, Any]) -> Text:
    parts = [attempt.get("attempt"), attempt.get("at"), f"{attempt.get('durationMs', 0)} ms"]
    error = f"{attempt.get('error', '')}: {attempt.get('message', '')}"
    return Text("  " + "  ".join(_text(part) for part in [*parts, error] if part))


def _payload(record: Mapping[str, Any]) -> Iterator[Text]:
    for line in payload_text(record).split("\n"):
        yield Text(f"  {printable(line)}")
    for name, value in record["attributes"].items():
        yield _pair(f"attribute {printable(name)}", value)


def _withheld(record: Mapping[str, Any]) -> Text:
    return Text(f"  not shown: personal data; the message has {record['bytes']:,} bytes. --payload shows it", "dim")


def _pair(label: str, value: object) -> Text:
    return Text.assemble("  ", (f"{printable(label):<13}", "dim"), " ", _text(value))


def _text(value: object) -> str:
    return printable(str(value))
