"""`dead-letters list`: what lies in the dead-letter queues, by cause or each."""

from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import causes, said, show_causes
from ops.dead_letters.filters import Filters
from ops.dead_letters.letter import as_text
from ops.dead_letters.search import Found, search
from ops.stage.deployed import DeployedStage
from ops.terminal.output import console, emit, notes


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to look for, and how it is told."""

    stage: DeployedStage
    services: tuple[str, ...] = ()
    """None for all."""

    filters: Filters
    each: bool = False
    as_json: bool = False


def list_letters(request: Request) -> bool:
    """Tell what lies there; always true: letters are no failure of looking.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    found = search(request.stage, request.services, request.filters)
    if request.as_json:
        for record in map(_record, found) if request.each else (cause.record() for cause in causes(found)):
            emit(record)
    elif not found:
        console.print(f"No dead letters{'' if request.filters.empty else ' of these'} in stage {request.stage.name}.")
    elif request.each:
        for cause in causes(found):
            for each in cause.found:
                console.print(_line(each), soft_wrap=True)
    else:
        show_causes(found)
        _advise(request.stage.name)
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
        f"\nOne of them: python -m ops dead-letters list --each --stage {stage}, then … show ID\n"
        f"Send back:   python -m ops redrive TYPE --fingerprint CAUSE --sample 5 --stage {stage}",
        style="dim",
        markup=False,
        soft_wrap=True,
    )
