"""`discard`: dead letters are deleted for good, once they are in a file and somebody has said why.

What is deleted is what is in the file, nothing else. Nothing is in hand while a person thinks: the letters are looked
for again then.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.text import Text

from ops.dead_letters.audit_log import Audit, open_audit
from ops.dead_letters.causes import cause_lines
from ops.dead_letters.export import write
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import search
from ops.stage.deployed import DeployedStage
from ops.stage.services import place
from ops.terminal.errors import OperatorError
from ops.terminal.input import confirmed
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.progress import Progress, bars, unseen
from publishing.batches import batches
from schemas.reasons import OperatorAction

_FOLDER = Path("discarded")
_GONE = "it is not to be seen any more: somebody else has it"


@dataclass(frozen=True, kw_only=True)
class DiscardRequest:
    """Which letters, and why."""

    stage: DeployedStage
    service: str
    filters: Filters
    why: str
    export: Path | None = None
    """A file that is not there yet; None for one under `discarded/`."""

    agreed: bool = False
    """Whether nobody is to be asked."""


@dataclass
class DiscardResult:
    """What became of them; true however it ends."""

    finished: bool = False
    """Whether all was done that was to be; not where AWS or a signal ended it."""

    deleted: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Why letters were left, by the SQS message id."""


class Discard:
    """Takes letters of one dead-letter queue away."""

    def __init__(self, letters: DeadLetterQueue, *, audit: Audit, deleting: Progress = unseen) -> None:
        """Delete letters there.

        Args:
            letters: where they lie.
            audit: is told of each before it is deleted.
            deleting: is told how many are deleted, after each call. What it raises ends the run between two calls.
        """
        self._letters = letters
        self._audit = audit
        self._deleting = deleting

    def run(self, exported: set[str], why: str, tally: DiscardResult, *, progress: Progress = unseen) -> None:
        """Delete what was exported, by the SQS message ids.

        Raises:
            AwsError: SQS refuses.
            AuditError: it cannot be written down first.
        """
        with self._letters.take(lambda letter: letter.sqs_message_id in exported, progress=progress) as hand:
            there = {letter.sqs_message_id for letter in hand.letters}
            tally.left |= dict.fromkeys(exported - there, _GONE)
            for looked_at in batches(hand.letters):
                hand.keep()
                batch = [letter for letter in looked_at if hand.holds(letter)]
                tally.left |= {letter.sqs_message_id: _GONE for letter in looked_at if letter not in batch}
                self._audit.write(OperatorAction.DISCARDED, batch, why=why)
                refused = hand.delete(batch)
                tally.deleted += len(batch) - len(refused)
                tally.left |= {each: f"SQS did not delete it: {code}" for each, code in refused.items()}
                self._deleting(tally.deleted)
        tally.finished = True


def discard(request: DiscardRequest, *, ask: Callable[[str], bool] | None = None) -> bool:
    """Export, ask, delete; whether all that was exported was deleted.

    Args:
        request: which, and why.
        ask: puts a question to a person; None for the one at the terminal.

    Raises:
        OperatorError: it is not said which or why, nobody can be asked, the file cannot be written, AWS refuses, or it
            cannot be written into the audit log.
    """
    whose = place(request.service, request.stage)
    _check(request)
    ask = ask or _asker(request)
    audit = open_audit(request.stage, whose.name, now=_now)
    found = search(request.stage, [whose.name], request.filters)
    if not found:
        _show(request, DiscardResult(finished=True), None)
        return True
    path = request.export or default_path(request.stage.name, request.service)
    write(path, found)
    notes.print(f"{counted(len(found), 'dead letter')} written to {printable(str(path))}", markup=False, soft_wrap=True)
    for line in cause_lines(found):
        notes.print(line, soft_wrap=True)
    if not ask(f"Delete {counted(len(found), 'dead letter')} of {whose.name} in stage {request.stage.name} for good?"):
        notes.print("Nothing was deleted.")
        return False
    tally = DiscardResult()
    letters = DeadLetterQueue.of(whose)
    try:
        exported = {each.letter.sqs_message_id for each in found}
        about = letters.about()
        with bars() as bar:
            looking = bar(f"Look for them again in {whose.name}", lambda: about)
            run = Discard(letters, audit=audit, deleting=bar("Delete", lambda: len(exported)))
            run.run(exported, request.why.strip(), tally, progress=looking)
    finally:
        _show(request, tally, path)
    return not tally.left


def _check(request: DiscardRequest) -> None:
    if not request.why.strip():
        raise OperatorError("say why: --comment is written into the audit log")


def _asker(request: DiscardRequest) -> Callable[[str], bool]:
    """Whoever sits there; where nobody does, that is said before anything is looked for or written."""
    if not request.agreed and not (sys.stdin is not None and sys.stdin.isatty() and notes.is_terminal):
        raise OperatorError("there is no terminal to ask on: --yes says that you are sure")
    return partial(confirmed, yes=request.agreed)


def default_path(stage: str, service: str) -> Path:
    """A file that is not there yet, in a folder of its own that git does not take: there are people's data in it.

    Raises:
        OperatorError: the folder cannot be made.
    """
    try:
        _FOLDER.mkdir(mode=0o700, exist_ok=True)
        ignore = _FOLDER / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
    except OSError as error:
        raise OperatorError(f"{_FOLDER}/ cannot be made: {error.strerror or error}. Name a file: --export") from None
    return _FOLDER / f"{stage}-{service}-{_now():%Y%m%dT%H%M%S%f}Z.jsonl"


def _show(request: DiscardRequest, tally: DiscardResult, path: Path | None) -> None:
    record = {
        "stage": request.stage.name,
        "type": request.service,
        "export": str(path) if path else None,
        "finished": tally.finished,
        "deleted": tally.deleted,
        "left": tally.left,
    }
    show(_lines(request, tally, path), [record])


def _lines(request: DiscardRequest, tally: DiscardResult, path: Path | None) -> Iterator[Text]:
    where = f"{request.service} in stage {request.stage.name}"
    if path is None:
        yield Text(f"Nothing to discard: no such dead letters of {where}")
        return
    mark = ("✓ ", "green") if tally.finished and not tally.left else ("✗ ", "red")
    unfinished = "" if tally.finished else "Not finished: "
    yield Text.assemble(mark, f"{unfinished}{counted(tally.deleted, 'dead letter')} of {where} deleted")
    for sqs_message_id, why in tally.left.items():
        yield Text(f"  {sqs_message_id} was left: {printable(why)}")


def _now() -> datetime:
    return datetime.now(UTC)
