"""`dead-letters list` and `show`: what lies in the dead-letter queues, by cause or each, and one letter in full."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import cause_lines, causes, said, unsaid
from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import Filters
from ops.dead_letters.record import guarded, payload_text, write_shown
from ops.dead_letters.search import Found, search
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import notes, printable, show


@dataclass(frozen=True, kw_only=True)
class ListRequest:
    """What to look for, and how it is told."""

    stage: DeployedStage
    services: tuple[str, ...] = ()
    """None for all."""

    filters: Filters
    each: bool = False


def list_letters(request: ListRequest) -> bool:
    """Tell what lies there; always true: letters are no failure of looking.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    found = search(request.stage, request.services, request.filters)
    show(
        _list(request, found),
        map(_record, found) if request.each else (cause.record() for cause in causes(found)),
    )
    return True


def _list(request: ListRequest, found: Sequence[Found]) -> Iterator[str | Text]:
    if not found:
        yield f"No dead letters{'' if request.filters.empty else ' of these'} in stage {request.stage.name}."
    elif request.each:
        yield from (_line(each) for cause in causes(found) for each in cause.found)
    else:
        yield from cause_lines(found)
        _advise(request.stage.name)


@dataclass(frozen=True, kw_only=True)
class ShowRequest:
    """Which letter, and how much of it."""

    stage: DeployedStage
    id: str
    """A message id, or an SQS message id."""

    services: tuple[str, ...] = ()
    payload: bool = False


def show_letter(request: ShowRequest) -> bool:
    """Show it; all of them, where several have the id.

    Raises:
        OperatorError: there is none, AWS refuses, or it cannot be written into the audit log that a payload is shown.
    """
    found = search(request.stage, request.services, Filters(id=request.id))
    if not found:
        raise OperatorError(
            f"no dead letter of stage {request.stage.name} has the id {printable(request.id)}: was it redriven or "
            "discarded, or is somebody else looking at it? `taly-async dead-letters list --each` names all"
        )
    if request.payload:
        write_shown(request.stage, found)
    shown = [guarded(each, payload=request.payload) for each in found]
    show((line for record in shown for line in _lines(record, payload=request.payload)), shown)
    return True


def _record(found: Found) -> dict[str, Any]:
    letter = found.letter
    return {
        "type": found.service,
        "id": letter.id,
        "sqs_message_id": letter.sqs_message_id,
        "reason": letter.reason,
        "fingerprint": letter.fingerprint,
        "company_id": letter.company_id,
        "died_at": as_text(letter.died_at),
        "error": letter.error,
    }


def _line(found: Found) -> Text:
    letter = found.letter
    columns = [
        as_text(letter.died_at) or "-",
        found.service,
        letter.reason or "-",
        letter.fingerprint or "-",
        letter.company_id or "-",
        letter.id or letter.sqs_message_id,
        said(letter.error) or "-",
    ]
    return Text("  ".join(columns))


def _advise(stage: str) -> None:
    """On standard error: a pipe gets the list alone."""
    notes.print(
        f"\nOne of them: taly-async dead-letters list --each --stage {stage}, then … show ID\n"
        f"Send back:   taly-async redrive TYPE --cause CAUSE --sample 5 --stage {stage}",
        style="dim",
        markup=False,
        soft_wrap=True,
    )


def _lines(record: Mapping[str, Any], *, payload: bool) -> Iterator[Text]:
    biography = record["biography"]
    yield Text(f"{record['service']}  {_text(record['id'] or record['sqs_message_id'])}", "bold")
    for what, value in (
        ("reason", record["reason"] or ("" if record["error"] else unsaid(record["service"]))),
        ("fingerprint", record["fingerprint"]),
        ("error", record["error"]),
        ("frame", biography.get("frame")),
        ("tenant", record["company_id"]),
        ("died at", record["died_at"]),
        ("enqueued at", biography.get("firstEnqueuedAt")),
        ("function", biography.get("function")),
        ("version", biography.get("functionVersion")),
        ("request id", biography.get("requestId")),
        ("deferrals", biography.get("deferrals")),
        ("redriven", biography.get("redriven")),
        ("SQS message", record["sqs_message_id"]),
    ):
        if value:
            yield _pair(what, value)
    yield Text("attempts", "bold")
    told = biography.get("attempts")
    attempts = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    yield from map(_attempt, attempts)
    if not attempts:
        yield Text("  none is known", "dim")
    yield Text("envelope", "bold")
    yield from (_pair(key, value) for key, value in record["envelope"].items())
    if record["other_fields"]:
        yield _pair("also", ", ".join(record["other_fields"]))
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
    return Text(f"  not shown, of {record['bytes']:,} bytes in all: people's data. --payload shows it", "dim")


def _pair(what: str, value: object) -> Text:
    return Text.assemble("  ", (f"{printable(what):<13}", "dim"), " ", _text(value))


def _text(value: object) -> str:
    return printable(str(value))
