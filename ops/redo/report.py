"""`redo`: say what it causes, ask, publish, and report the result."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import one_line
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.redo.bodies import find_bodies, new_messages
from ops.redo.covered import PUBLISHED_BEFORE
from ops.redo.effects import effect_sentences
from ops.redo.plan import RedoPlan, plan
from ops.redo.preview import covered_sentences, preview
from ops.redo.redo import Redo, RedoResult, Words
from ops.redo.sample import NewMessageMonitor, NewOutcome
from ops.redo.selection import Criteria
from ops.stage.audit_log import open_audit
from ops.stage.deployed import DeployedStage
from ops.stage.services import dead_letter_source
from ops.terminal.errors import OperatorError
from ops.terminal.input import confirmed
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.progress import bars
from ops.trace.tree import in_words
from publishing.doors import BusDoor
from schemas.names import REDO, resource_name
from schemas.wire import timestamp

_MAX_LISTED = 10

_GOOD, _BAD = ("✓ ", "green"), ("✗ ", "red")


@dataclass(frozen=True, kw_only=True)
class RedoRequest:
    """Which messages to redo, and how."""

    stage: DeployedStage
    criteria: Criteria
    read_since: datetime
    """The time from which on logs are read."""

    run: str
    """The run's name, from which the new ids are derived."""

    comment: str
    payload: str | None = None
    """The text of a JSON object in place of the payload of the one message; None to keep each payload."""

    archived_since: datetime | None = None
    """The time from which on to look into the archive."""

    money: bool = False
    sample: int | None = None
    """Number to publish first; the rest follows only if these succeed."""

    deadline: float = 300
    """Seconds to wait for the sample's outcomes."""

    rate: float | None = None
    """Maximum messages a second; None for no limit."""

    dry_run: bool = False
    yes: bool = False
    """Whether the operator is not asked for confirmation."""

    @property
    def continuing(self) -> str:
        """The options that continue the run after an interruption: `2h` ago is another time then."""
        times = {"since": self.criteria.since, "until": self.criteria.until} if not self.criteria.ids else {}
        return f"--run {self.run}" + "".join(f" --{name} {timestamp(at)}" for name, at in times.items() if at)


def redo(
    request: RedoRequest,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Publish messages again under new ids; return whether all chosen ones were published and the sample succeeded.

    Raises:
        OperatorError: there is no such stage, a payload is for several messages, nobody can be asked, the audit log
            cannot be written, or AWS refuses.
    """
    planned = _plan(request)
    if request.payload is not None and len(planned.messages) > 1:
        raise OperatorError(f"{len(planned.messages)} messages have this id: give --type or --tenant")
    result = RedoResult(chosen=len(planned.messages), not_sent=dict(planned.left_out), covered=dict(planned.covered))
    if request.dry_run or not planned.messages:
        _show(request, planned, result)
        return request.dry_run
    for sentence in preview(
        planned,
        request.stage.name,
        run=request.run,
        continuing=request.continuing,
        archived_since=request.archived_since,
        now=now(),
    ):
        notes.print(sentence, soft_wrap=True, markup=False)
    count = counted(len(planned.messages), "message")
    if not confirmed(f"Redo {count} of stage {request.stage.name}?", yes=request.yes):
        notes.print("Nothing was published.")
        return False
    try:
        _carry_out(request, planned, result, now=now, sleep=sleep)
    finally:
        _show(request, planned, result)
    return result.succeeded


def _plan(request: RedoRequest) -> RedoPlan:
    with notes.status("Reading the logs …"):
        return plan(
            request.stage,
            criteria=request.criteria,
            read_since=request.read_since,
            run=request.run,
            money=request.money,
        )


def _carry_out(
    request: RedoRequest,
    planned: RedoPlan,
    result: RedoResult,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> None:
    """Find the bodies, and publish them anew."""
    stage = request.stage
    door, audit = BusDoor(stage.client("events"), resource_name(stage.name)), open_audit(stage, REDO, now=now)
    with bars() as bar:
        bodies = find_bodies(
            request.stage,
            planned.messages,
            archived_since=request.archived_since,
            now=now,
            sleep=sleep,
            progress=bar("Read the archive", lambda: len(planned.messages)),
        )
        made, refused = new_messages(bodies.found, run=request.run, payload=request.payload)
        result.covered |= dict.fromkeys(bodies.taken & planned.published, PUBLISHED_BEFORE)
        result.not_sent |= {key: why for key, why in bodies.missing.items() if key not in result.covered}
        # Without values: this is printed for all, and may be in a pipe; `validate` shows them.
        result.not_sent |= {key: f"{each.reason.value}: {each.sentence()}" for key, each in refused.items()}
        run = Redo(
            door.publish,
            queues=lambda service: DeadLetterQueue.of(dead_letter_source(service, request.stage)),
            audit=audit,
            words=Words(run=request.run, comment=request.comment, edited=request.payload is not None),
            rate_limiter=RateLimiter(request.rate, clock=lambda: now().timestamp(), sleep=sleep),
            on_sent=bar("Redo", lambda: len(made)),
        )
        run.run(made, result, sample=request.sample, monitor=_monitor(request, now, sleep))


def _monitor(
    request: RedoRequest, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> NewMessageMonitor | None:
    return NewMessageMonitor(
        logs=request.stage.client("logs"), stage=request.stage.name, seconds=request.deadline, now=now, sleep=sleep
    )


def _show(request: RedoRequest, planned: RedoPlan, result: RedoResult) -> None:
    show(_lines(request, planned, result), [_record(request, planned, result)])


def _lines(request: RedoRequest, planned: RedoPlan, result: RedoResult) -> Iterator[str | Text]:
    stage = request.stage.name
    if request.dry_run:
        yield f"{counted(result.chosen, 'message')} of stage {stage} would be redone"
        yield from effect_sentences(planned.again) if planned.messages else ()
    elif not result.chosen:
        yield Text(f"Nothing to redo in stage {stage}: no message matches")
    else:
        mark = _GOOD if result.succeeded else _BAD
        unfinished = "" if result.finished else "Not finished: "
        yield Text.assemble(mark, f"{unfinished}{result.sent:,} of {counted(result.chosen, 'message')} redone")
    yield from map(_sample_line, result.sample)
    if result.stopped:
        yield "  Stopped: the sample did not succeed. The rest was not published"
    listed = [*result.not_sent.items()]
    yield from (f"  {printable(key)} is left out: {printable(why)}" for key, why in listed[:_MAX_LISTED])
    if (more := len(listed) - _MAX_LISTED) > 0:
        yield f"  and {more:,} more are left out"
    yield from (f"  {sentence}" for sentence in covered_sentences(result.covered))
    for key, why in result.not_deleted.items():
        yield f"  {printable(key)} was published, and is still a dead letter: {printable(why)}"
    if result.in_doubt:
        yield f"  up to {result.in_doubt} more may have been published: their call got no answer"
    if result.chosen and not request.dry_run and not (result.finished and not result.not_deleted):
        yield f"  To continue, repeat the command with {request.continuing}: nothing is done twice"


def _sample_line(outcome: NewOutcome) -> Text:
    line = outcome.line
    mark = ("  ✓ ", "green") if outcome.succeeded else ("  ✗ ", "red")
    if line is None:
        return Text.assemble(mark, f"{outcome.message.id}: no outcome yet")
    error = one_line(": ".join(part for part in (line.error, line.detail) if part))
    return Text.assemble(mark, f"{outcome.message.id}: {in_words(line.what)}{'  ' if error else ''}{error}")


def _record(request: RedoRequest, planned: RedoPlan, result: RedoResult) -> Mapping[str, Any]:
    return {
        "stage": request.stage.name,
        "run": request.run,
        "dry_run": request.dry_run,
        "finished": result.finished,
        "chosen": result.chosen,
        "again": dict(planned.again),
        "sent": result.sent,
        "not_sent": result.not_sent,
        "covered": result.covered,
        "not_deleted": result.not_deleted,
        "in_doubt": result.in_doubt,
        "stopped": result.stopped,
        "sample": [outcome.record() for outcome in result.sample],
    }
