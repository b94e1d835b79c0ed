"""`redrive`: send dead letters back, and report the result."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import cause_lines, causes, one_line
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.dead_letters.redrive.sample import SampleMonitor, SampleOutcome, as_record
from ops.dead_letters.search import search
from ops.stage.audit_log import open_audit
from ops.stage.deployed import DeployedStage
from ops.stage.services import Service, dead_letter_source
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.progress import Progress, bars

_MAX_LISTED = 10
"""Maximum dead letters to list with the reason why they were not sent."""

GOOD, BAD = ("✓ ", "green"), ("✗ ", "red")


@dataclass(frozen=True, kw_only=True)
class RedriveRequest:
    """Which dead letters to redrive, and how."""

    stage: DeployedStage
    service: str
    """A type, `queue_processor` for what the ingress refused, or a holding queue; empty for all (`all_types.py`)."""

    filters: Filters
    dry_run: bool = False
    sample: int | None = None
    """Number to send first; the rest follows only if these succeed."""

    deadline: float = 300
    """Seconds to wait for the sample's outcomes."""

    rate: float | None = None
    """Maximum messages a second; None for no limit."""


def redrive(request: RedriveRequest) -> bool:
    """Redrive dead letters; return whether all chosen ones were sent and the sample succeeded.

    Raises:
        OperatorError: there is no such service, AWS refuses, or the audit log cannot be written.
    """
    service = dead_letter_source(request.service, request.stage)
    if request.dry_run:
        return _count(request)
    queue = DeadLetterQueue.of(service)
    result = RedriveResult()
    in_flight = 0
    try:
        in_flight = queue.approximate_in_flight()  # before this command receives any
        visible = queue.approximate_visible()
        with bars() as bar:
            on_read = bar(f"Read dead letters of {service.name}", lambda: visible)
            on_sent = bar("Redrive", lambda: result.chosen)
            on_sample_sent = partial(notes.print, "The sample is sent: waiting for its outcomes …", style="dim")
            observer = RedriveObserver(on_read=on_read, on_sent=on_sent, on_sample_sent=on_sample_sent)
            run_redrive(request, result, observer)
    finally:
        _show(request, result, in_flight)
    return succeeded(result)


@dataclass(frozen=True, kw_only=True)
class RedriveObserver:
    """Callbacks of a redrive. An exception from one stops it: what was not sent stays in the dead-letter queue."""

    on_read: Progress
    """Called with the number of dead letters read so far."""

    on_sent: Progress
    """Called with the number sent so far."""

    on_sample_sent: Callable[[], None]
    """Called when the sample is sent, before its outcomes are waited for."""

    sleep: Callable[[float], None] = time.sleep
    """Waits for a number of seconds."""


def run_redrive(request: RedriveRequest, result: RedriveResult, observer: RedriveObserver) -> None:
    """Redrive dead letters, and update the result after each step.

    Raises:
        OperatorError: there is no such service, AWS refuses, or the audit log cannot be written.
    """
    service = dead_letter_source(request.service, request.stage)
    run = redrive_of(service, RateLimiter(request.rate, sleep=observer.sleep), on_sent=observer.on_sent)
    sample = sample_of(request, service, observer, request.sample) if request.sample else None
    run.run(request.filters, result, sample=sample, progress=observer.on_read)


def redrive_of(service: Service, rate_limiter: RateLimiter, *, on_sent: Progress) -> Redrive:
    """Prepare the redrive of a service's dead letters.

    Raises:
        OperatorError: the audit log cannot be written.
    """
    return Redrive(
        service.stage.client("sqs"),
        source=DeadLetterQueue.of(service),
        queue_url=service.queue_url,
        keep_body=service.redrives_bodies_unchanged,
        audit=open_audit(service.stage, service.name, now=_now),
        rate_limiter=rate_limiter,
        on_sent=on_sent,
    )


def succeeded(result: RedriveResult) -> bool:
    """Whether all chosen dead letters were sent and deleted, and the sample succeeded."""
    return result.finished and not (result.not_sent or result.not_deleted or result.sample_failed)


def sample_of(request: RedriveRequest, service: Service, observer: RedriveObserver, size: int) -> Sample:
    """Prepare a sample of a service's dead letters."""
    monitor = SampleMonitor(
        logs=request.stage.client("logs"),
        log_group=service.log_group,
        seconds=request.deadline,
        now=_now,
        sleep=observer.sleep,
    )
    return Sample(size=size, monitor=monitor, on_sent=observer.on_sample_sent)


def _count(request: RedriveRequest) -> bool:
    found = search(request.stage, [request.service], request.filters)
    record = {**_head(request), "chosen": len(found), "causes": [cause.record() for cause in causes(found)]}
    show([f"{counted(len(found), 'dead letter')} {_of(request)} would be redriven", *cause_lines(found)], [record])
    return True


def _show(request: RedriveRequest, result: RedriveResult, in_flight: int) -> None:
    """Print the result; `in_flight` messages were leased by others when the redrive began."""
    show(_lines(request, result, in_flight), [{**_head(request), **record_of(result), "in_flight": in_flight}])


def _lines(request: RedriveRequest, result: RedriveResult, in_flight: int) -> Iterator[str | Text]:
    yield _headline(request, result, in_flight)
    yield from map(sample_line, result.sample)
    if result.sample_failed:
        unsent = f"{counted(result.sample_unsent, 'message')} of the sample could not be sent"
        why = unsent if result.sample_unsent else "the sample did not succeed"
        yield f"  Stopped: {why}. {result.chosen - result.sent:,} stay in the dead-letter queue."
    yield from problem_lines(result)


def problem_lines(result: RedriveResult) -> Iterator[str]:
    """Say what was not sent or not deleted, and why."""
    for sqs_message_id, why in list(result.not_sent.items())[:_MAX_LISTED]:
        yield f"  {sqs_message_id} was not sent: {printable(why)}"
    if (more := len(result.not_sent) - _MAX_LISTED) > 0:
        yield f"  and {more:,} more were not sent"
    if result.not_deleted:
        yield (
            f"  {counted(len(result.not_deleted), 'message')} sent, but not deleted from the dead-letter queue. "
            "Redrive again, or discard: the ids are the same, so a job that succeeded does not run twice"
        )
    if result.in_doubt:
        yield f"  up to {result.in_doubt} more may have been sent: their call got no answer, so none was deleted"


def _headline(request: RedriveRequest, result: RedriveResult, in_flight: int) -> Text:
    """The first line; it has a tick only if everything was redriven and the sample succeeded."""
    if not result.chosen:
        if not result.finished:
            return Text.assemble(BAD, f"Not finished: no {_what(request)} redriven")
        others = f": {in_flight:,} in flight, received by others" if in_flight else ""
        return Text(f"No {_what(request)} are visible{others}")
    done = f"{result.sent:,} of {result.chosen:,} {_what(request)} redriven"
    if not result.finished:
        return Text.assemble(BAD, f"Not finished: {done}")
    return Text.assemble(GOOD if succeeded(result) else BAD, done)


def sample_line(outcome: SampleOutcome) -> Text:
    """Say what became of one message of the sample."""
    line = outcome.line
    mark = ("  ✓ ", "green") if outcome.succeeded else ("  ✗ ", "red")
    if line is None:
        return Text.assemble(mark, f"{outcome.sent.name}: no outcome yet")
    error = one_line(": ".join(part for part in (line.error, line.detail) if part))
    return Text.assemble(mark, f"{outcome.sent.name}: {line.what}{'  ' if error else ''}{error}")


def record_of(result: RedriveResult) -> Mapping[str, Any]:
    """The result as a JSON record."""
    return {
        "finished": result.finished,
        "chosen": result.chosen,
        "sent": result.sent,
        "not_sent": result.not_sent,
        "not_deleted": result.not_deleted,
        "in_doubt": result.in_doubt,
        "stopped": result.sample_failed,
        "sample": [as_record(outcome) for outcome in result.sample],
    }


def _head(request: RedriveRequest) -> Mapping[str, Any]:
    return {"stage": request.stage.name, "type": request.service, "dry_run": request.dry_run}


def _what(request: RedriveRequest) -> str:
    chosen = "" if request.filters.empty else "chosen "
    return f"{chosen}dead letters {_of(request)}"


def _of(request: RedriveRequest) -> str:
    """The service and the stage; both names have been checked."""
    return f"of {request.service} in stage {request.stage.name}"


def _now() -> datetime:
    return datetime.now(UTC)
