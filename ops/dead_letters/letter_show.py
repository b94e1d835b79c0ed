"""`dead-letters show`: one letter's biography beside its envelope; its payload only where that is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import unsaid
from ops.dead_letters.filters import Filters
from ops.dead_letters.letter_shown import write_shown
from ops.dead_letters.record import guarded, payload_text
from ops.dead_letters.search import search
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import console, emit
from ops.terminal.printable import printable


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which letter, and how much of it."""

    stage: DeployedStage
    id: str
    """A message id, or an SQS message id."""

    services: tuple[str, ...] = ()
    payload: bool = False
    as_json: bool = False


def show_letter(request: Request) -> bool:
    """Show it; all of them, where several have the id.

    Raises:
        OperatorError: there is none, AWS refuses, or it cannot be written into the audit log that a payload is shown.
    """
    found = search(request.stage, request.services, Filters(id=request.id))
    if not found:
        raise OperatorError(
            f"no dead letter of stage {request.stage.name} has the id {printable(request.id)}: was it redriven or "
            "discarded, or is somebody else looking at it? `python -m ops dead-letters list --each` names all"
        )
    if request.payload:
        write_shown(request.stage, found)
    for each in found:
        record = guarded(each, payload=request.payload)
        if request.as_json:
            emit(record)
        else:
            for line in _lines(record, payload=request.payload):
                console.print(line, soft_wrap=True)
    return True


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
