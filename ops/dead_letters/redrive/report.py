"""`redrive`: which letters go back, how fast, and what is told of it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.text import Text

from ops.dead_letters.audit_log import open_audit
from ops.dead_letters.causes import cause_lines, causes, said
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.dead_letters.redrive.sample import SampleMonitor, SampleOutcome, as_record
from ops.dead_letters.search import search
from ops.stage.deployed import DeployedStage
from ops.stage.services import Service, place
from ops.terminal.output import notes, printable, show
from ops.terminal.progress import Progress, bars

_SHOWN = 10
"""Letters that are named of those with which something is wrong."""

_GOOD, _BAD = ("✓ ", "green"), ("✗ ", "red")
_DID_BADLY = "the sample did not do well"


@dataclass(frozen=True, kw_only=True)
class RedriveRequest:
    """Which letters, and how."""

    stage: DeployedStage
    service: str
    """A type, or `queue_processor` for what the ingress refused."""

    filters: Filters
    dry_run: bool = False
    sample: int | None = None
    """So many go first, and the rest only if they do well."""

    deadline: float = 300
    """Seconds that these have for it."""

    rate: float | None = None
    """Messages a second."""


def redrive(request: RedriveRequest) -> bool:
    """Send dead letters back; whether all that were chosen were, and the sample did well.

    Raises:
        OperatorError: there is no such service, AWS refuses, or it cannot be written into the audit log.
    """
    whose = place(request.service, request.stage)
    if request.dry_run:
        return _count(request)
    letters = DeadLetterQueue.of(whose)
    tally = RedriveResult()
    held = 0
    try:
        held = letters.held()  # as yet by others alone
        about = letters.about()
        with bars() as bar:
            looking = bar(f"Look through dead letters of {whose.name}", lambda: about)
            sending = bar("Send back", lambda: tally.chosen)
            watching = partial(notes.print, "A sample is sent: waiting for what becomes of it …", style="dim")
            carry_out(request, tally, RedriveObserver(looking=looking, sending=sending, watching=watching))
    finally:
        _show(request, tally, held)
    return succeeded(tally)


@dataclass(frozen=True, kw_only=True)
class RedriveObserver:
    """Whoever looks on. What it raises ends the redrive, and what was not sent yet stays."""

    looking: Progress
    """Told how many letters have been seen."""

    sending: Progress
    """Told how many are sent."""

    watching: Callable[[], None]
    """Told when the sample is sent, and waited for."""

    sleep: Callable[[float], None] = time.sleep
    """Seconds, of whatever is waited for."""


def carry_out(request: RedriveRequest, tally: RedriveResult, observer: RedriveObserver) -> None:
    """Send them back, and keep the tally true.

    Raises:
        OperatorError: there is no such service, AWS refuses, or it cannot be written into the audit log.
    """
    whose = place(request.service, request.stage)
    run = Redrive(
        request.stage.client("sqs"),
        letters=DeadLetterQueue.of(whose),
        queue_url=whose.queue_url,
        as_it_came=whose.redrives_bodies_unchanged,
        audit=open_audit(request.stage, whose.name, now=_now),
        pace=RateLimiter(request.rate, clock=time.monotonic, sleep=observer.sleep),
        sending=observer.sending,
    )
    run.run(request.filters, tally, sample=_sample(request, whose, observer), progress=observer.looking)


def succeeded(tally: RedriveResult) -> bool:
    """Whether all that were chosen were sent, and the sample did well."""
    return tally.finished and not (tally.left or tally.doubled or tally.sample_failed)


def _sample(request: RedriveRequest, whose: Service, observer: RedriveObserver) -> Sample | None:
    if request.sample is None:
        return None
    outcomes = SampleMonitor(
        logs=request.stage.client("logs"),
        log_group=whose.log_group,
        seconds=request.deadline,
        now=_now,
        sleep=observer.sleep,
    )
    return Sample(size=request.sample, outcomes=outcomes, watching=observer.watching)


def _count(request: RedriveRequest) -> bool:
    found = search(request.stage, [request.service], request.filters)
    record = {**_head(request), "chosen": len(found), "causes": [cause.record() for cause in causes(found)]}
    show([f"{len(found):,} {_what(request)} would be sent back", *cause_lines(found)], [record])
    return True


def _show(request: RedriveRequest, tally: RedriveResult, held: int) -> None:
    """Print the result; `held` dead letters were leased by others when it began."""
    show(_lines(request, tally, held), [{**_head(request), **_record(tally), "held_by_others": held}])


def _lines(request: RedriveRequest, tally: RedriveResult, held: int) -> Iterator[str | Text]:
    yield _outcome(request, tally, held)
    yield from map(_verdict, tally.sample)
    if tally.sample_failed:
        rest = tally.chosen - tally.sent
        why = f"{tally.sample_unsent:,} of the sample could not be sent" if tally.sample_unsent else _DID_BADLY
        yield f"  Stopped: {why}. {rest:,} were left where they were."
    for sqs_message_id, why in list(tally.left.items())[:_SHOWN]:
        yield f"  {sqs_message_id} was left: {printable(why)}"
    if (more := len(tally.left) - _SHOWN) > 0:
        yield f"  and {more:,} more were left"
    if tally.doubled:
        yield (
            f"  {len(tally.doubled):,} were sent and lie in the dead-letter queue as well, with the same ids. Redrive "
            "them again, or discard them: a job that was done is not done twice"
        )
    if tally.in_doubt:
        yield f"  up to {tally.in_doubt} more were on their way: they may have been taken, and lie there all the same"


def _outcome(request: RedriveRequest, tally: RedriveResult, held: int) -> Text:
    """The first line: a tick for what was done to its end, and well, alone."""
    if tally.finished and not tally.chosen:
        others = f": others hold {held:,} at the moment" if held else ""
        return Text(f"No {_what(request)} are to be seen{others}")
    if not tally.finished and not tally.chosen:
        return Text.assemble(_BAD, f"Not finished: no {_what(request)} were sent back")
    done = f"{tally.sent:,} of {tally.chosen:,} {_what(request)} were sent back"
    if not tally.finished:
        return Text.assemble(_BAD, f"Not finished: {done}")
    well = tally.sent == tally.chosen and not tally.doubled and not tally.sample_failed
    return Text.assemble(_GOOD if well else _BAD, done)


def _verdict(verdict: SampleOutcome) -> Text:
    line = verdict.line
    mark = ("  ✓ ", "green") if verdict.well else ("  ✗ ", "red")
    if line is None:
        return Text.assemble(mark, f"{verdict.sent.name}: no outcome yet")
    error = said(": ".join(part for part in (line.error, line.detail) if part))
    return Text.assemble(mark, f"{verdict.sent.name}: {line.what}{'  ' if error else ''}{error}")


def _record(tally: RedriveResult) -> Mapping[str, Any]:
    return {
        "finished": tally.finished,
        "chosen": tally.chosen,
        "sent": tally.sent,
        "left": tally.left,
        "doubled": sorted(tally.doubled),
        "in_doubt": tally.in_doubt,
        "stopped": tally.sample_failed,
        "sample": [as_record(verdict) for verdict in tally.sample],
    }


def _head(request: RedriveRequest) -> Mapping[str, Any]:
    return {"stage": request.stage.name, "type": request.service, "dry_run": request.dry_run}


def _what(request: RedriveRequest) -> str:
    """In words of which all are ours, or checked."""
    chosen = "" if request.filters.empty else "chosen "
    return f"{chosen}dead letters of {request.service} in stage {request.stage.name}"


def _now() -> datetime:
    return datetime.now(UTC)
