"""`discard`: delete dead letters for good, after they are in a file and the operator has given a comment.

Only what is in the file is deleted. Nothing is leased while the operator is asked: the queue is read again afterwards.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.text import Text

from ops.dead_letters.causes import cause_lines
from ops.dead_letters.export import write
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import FoundDeadLetter, search
from ops.dead_letters.sender_notice import sender_notices, senders
from ops.stage.audit_log import Audit, open_audit
from ops.stage.deployed import DeployedStage
from ops.stage.services import dead_letter_source
from ops.terminal.errors import OperatorError
from ops.terminal.input import confirmed
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.progress import Progress, bars, unseen
from publishing.batches import batches
from schemas.reasons import OperatorAction

_FOLDER = Path("discarded")
_ALL_TYPES = "all-types"
_GONE = "it is no longer visible: somebody else has received or deleted it"


@dataclass(frozen=True, kw_only=True)
class DiscardRequest:
    """Which dead letters to discard, and why."""

    stage: DeployedStage
    service: str
    """A type, `queue_processor` for what the ingress refused, or a holding queue; empty for all of these."""

    filters: Filters
    comment: str
    """Why, for the audit log."""

    export: Path | None = None
    """A new file; None for one under `discarded/`."""

    agreed: bool = False
    """Whether to skip the question."""


@dataclass
class DiscardResult:
    """The result of a discard so far; kept up to date, so that it holds after an interruption as well."""

    finished: bool = False
    """Whether the discard ran to its end; false where AWS or a signal stopped it."""

    deleted: int = 0
    not_deleted: dict[str, str] = field(default_factory=dict)
    """Why dead letters were not deleted, by SQS message id."""


class Discard:
    """Deletes messages of one dead-letter queue."""

    def __init__(self, queue: DeadLetterQueue, *, audit: Audit, on_deleted: Progress = unseen) -> None:
        """Prepare a discard.

        Args:
            queue: the dead-letter queue.
            audit: the audit log, written to before each deletion.
            on_deleted: called with the number deleted after each call. An exception from it ends the run.
        """
        self._queue = queue
        self._audit = audit
        self._on_deleted = on_deleted

    def run(self, exported: set[str], comment: str, result: DiscardResult, *, progress: Progress = unseen) -> None:
        """Delete the exported dead letters, given their SQS message ids.

        Raises:
            AwsError: SQS refuses.
            AuditError: the audit log cannot be written.
        """
        with self._queue.lease(lambda dead_letter: dead_letter.sqs_message_id in exported, progress=progress) as lease:
            received = {dead_letter.sqs_message_id for dead_letter in lease.dead_letters}
            result.not_deleted |= dict.fromkeys(exported - received, _GONE)
            for batch in batches(lease.dead_letters):
                lease.renew()
                leased = [dead_letter for dead_letter in batch if lease.is_leased(dead_letter)]
                result.not_deleted |= {each.sqs_message_id: _GONE for each in batch if each not in leased}
                self._audit.write(OperatorAction.DISCARDED, (each.audited for each in leased), why=comment)
                refused = lease.delete(leased)
                result.deleted += len(leased) - len(refused)
                result.not_deleted |= {each: f"SQS did not delete it: {code}" for each, code in refused.items()}
                self._on_deleted(result.deleted)
        result.finished = True


def discard(request: DiscardRequest, *, ask: Callable[[str], bool] | None = None) -> bool:
    """Export, ask, delete; return whether everything exported was deleted.

    Args:
        request: which dead letters, and why.
        ask: puts a question to the operator; None to ask at the terminal.

    Raises:
        OperatorError: the comment is missing, nobody can be asked, the file or the audit log cannot be written, or
            AWS refuses.
    """
    names = [dead_letter_source(request.service, request.stage).name] if request.service else []
    _check(request)
    ask = ask or _asker(request)
    audits = {name: open_audit(request.stage, name, now=_now) for name in names}
    found = search(request.stage, names, request.filters)
    if not found:
        _show(request, DiscardResult(finished=True), None)
        return True
    by_service = _by_service(found)
    audits |= {name: open_audit(request.stage, name, now=_now) for name in by_service if name not in audits}
    path = request.export or default_path(request.stage.name, request.service or _ALL_TYPES)
    write(path, found)
    count = counted(len(found), "dead letter")
    notes.print(f"{count} written to {printable(str(path))}", markup=False, soft_wrap=True)
    for line in (*cause_lines(found), *sender_notices(found, stage=request.stage.name, file=path)):
        notes.print(line, markup=False, soft_wrap=True)
    if not ask(f"Delete {count} of {_what(request, len(by_service))} in stage {request.stage.name} for good?"):
        notes.print("Nothing was deleted.")
        return False
    result = DiscardResult()
    try:
        _delete(request, by_service, audits, result)
    finally:
        _show(request, result, path, found)
    return not result.not_deleted


def _delete(
    request: DiscardRequest, by_service: Mapping[str, set[str]], audits: Mapping[str, Audit], result: DiscardResult
) -> None:
    """Delete the exported dead letters, one queue after the other."""
    total = sum(map(len, by_service.values()))
    with bars() as bar:
        on_deleted = bar("Delete", lambda: total)
        for name, exported in by_service.items():
            result.finished = False
            queue = DeadLetterQueue.of(dead_letter_source(name, request.stage))
            visible = queue.approximate_visible()
            on_read = bar(f"Read dead letters of {name} again", lambda visible=visible: visible)  # type: ignore[misc]
            run = Discard(queue, audit=audits[name], on_deleted=on_deleted)
            run.run(exported, request.comment.strip(), result, progress=on_read)


def _by_service(found: Iterable[FoundDeadLetter]) -> dict[str, set[str]]:
    """The SQS message ids by service."""
    ids: dict[str, set[str]] = {}
    for each in found:
        ids.setdefault(each.service, set()).add(each.dead_letter.sqs_message_id)
    return ids


def _check(request: DiscardRequest) -> None:
    if not request.comment.strip():
        raise OperatorError("say why: --comment is written into the audit log")


def _asker(request: DiscardRequest) -> Callable[[str], bool]:
    """A question at the terminal; without a terminal, refuse before anything is read or written."""
    if not request.agreed and not (sys.stdin is not None and sys.stdin.isatty() and notes.is_terminal):
        raise OperatorError("there is no terminal to ask on: --yes says that you are sure")
    return partial(confirmed, yes=request.agreed)


def default_path(stage: str, service: str) -> Path:
    """A new file's path, in a folder that git ignores, as exports hold personal data.

    Raises:
        OperatorError: the folder cannot be created.
    """
    try:
        _FOLDER.mkdir(mode=0o700, exist_ok=True)
        ignore = _FOLDER / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{_FOLDER}/ cannot be created: {error.strerror or error}. Name a file: --export") from None
    return _FOLDER / f"{stage}-{service}-{_now():%Y%m%dT%H%M%S%f}Z.jsonl"


def _show(
    request: DiscardRequest, result: DiscardResult, path: Path | None, found: Sequence[FoundDeadLetter] = ()
) -> None:
    record = {
        "stage": request.stage.name,
        "type": request.service or None,
        "export": str(path) if path else None,
        "finished": result.finished,
        "deleted": result.deleted,
        "not_deleted": result.not_deleted,
        "exported": senders(found),
    }
    show(_lines(request, result, path, found), [record])


def _lines(
    request: DiscardRequest, result: DiscardResult, path: Path | None, found: Sequence[FoundDeadLetter]
) -> Iterator[Text]:
    where = f"{_what(request, len(_by_service(found)))} in stage {request.stage.name}"
    if path is None:
        yield Text(f"Nothing to discard: no {'' if request.filters.empty else 'such '}dead letters of {where}")
        return
    mark = ("✓ ", "green") if result.finished and not result.not_deleted else ("✗ ", "red")
    unfinished = "" if result.finished else "Not finished: "
    yield Text.assemble(mark, f"{unfinished}{counted(result.deleted, 'dead letter')} of {where} deleted")
    for each in senders(found) if not request.service else ():
        source = f" from {each['source']}" if each["source"] else ""
        yield Text(f"  {each['count']:,} of {each['type']}{source}")
    for sqs_message_id, why in result.not_deleted.items():
        yield Text(f"  {sqs_message_id} was not deleted: {printable(why)}")


def _what(request: DiscardRequest, types: int) -> str:
    if request.service:
        return request.service
    return counted(types, "type") if types else "any type"


def _now() -> datetime:
    return datetime.now(UTC)
