"""`redrive` without a type: send back the dead letters of all types that a redrive helps, as if they were in one queue.

What its sender or an operator has to correct is left, and so is a webhook whose endpoint fails.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any

from rich.text import Text

from ops.dead_letters.causes import cause_lines, causes
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import RedriveResult
from ops.dead_letters.redrive.report import (
    BAD,
    GOOD,
    RedriveObserver,
    RedriveRequest,
    problem_lines,
    record_of,
    redrive_of,
    sample_line,
    sample_of,
    succeeded,
)
from ops.dead_letters.remedies import is_customers, remedy_of, turn_by_name
from ops.dead_letters.search import FoundDeadLetter, search
from ops.stage.services import dead_letter_source
from ops.terminal.output import counted, notes, show
from ops.terminal.progress import bars, unseen
from schemas.reasons import Remedy

Ids = Mapping[str, frozenset[str]]
"""SQS message ids by service."""


@dataclass
class AllTypesResult:
    """The result so far: one for each service and run, so that it holds after an interruption as well."""

    chosen: Sequence[FoundDeadLetter]
    left: Sequence[FoundDeadLetter]
    finished: bool = False
    sample_gone: bool = False
    """Whether nothing of the sample was there any more."""

    sample: dict[str, RedriveResult] = field(default_factory=dict)
    rest: dict[str, RedriveResult] = field(default_factory=dict)

    @property
    def runs(self) -> list[tuple[str, RedriveResult]]:
        """The results of all runs, each with its service."""
        return [*self.sample.items(), *self.rest.items()]

    @property
    def sent(self) -> int:
        """Number of messages sent."""
        return sum(result.sent for _, result in self.runs)

    @property
    def sample_failed(self) -> bool:
        """Whether a message of the sample was not sent or did not succeed, so that the rest was not sent."""
        return self.sample_gone or any(result.sample_failed for result in self.sample.values())

    @property
    def succeeded(self) -> bool:
        """Whether every chosen dead letter was sent, and the sample succeeded."""
        return self.finished and self.sent == len(self.chosen) and all(succeeded(result) for _, result in self.runs)


def redrive_all_types(
    request: RedriveRequest,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Redrive the dead letters of all types; return whether all chosen ones were sent and the sample succeeded.

    Args:
        request: which dead letters, and how; those with another remedy than it asks for are left.
        clock: gives seconds, for the rate limit.
        sleep: waits for a number of seconds.

    Raises:
        OperatorError: AWS refuses, or the audit log cannot be written.
    """
    wanted = request.filters.remedy or Remedy.REDRIVE
    found = search(request.stage, (), replace(request.filters, remedy=None))
    helped = [remedy_of(each.dead_letter) is wanted and not is_customers(each) for each in found]
    result = AllTypesResult(
        chosen=[each for each, is_helped in zip(found, helped, strict=True) if is_helped],
        left=[each for each, is_helped in zip(found, helped, strict=True) if not is_helped],
    )
    if request.dry_run:
        show(_dry_lines(request, result), [_record(request, result)])
        return True
    try:
        _run(request, result, RateLimiter(request.rate, clock=clock, sleep=sleep), sleep)
    finally:
        show(_lines(request, result), [_record(request, result)])
    return result.succeeded


def _run(request: RedriveRequest, result: AllTypesResult, limiter: RateLimiter, sleep: Callable[[float], None]) -> None:
    """Send the sample of all types, then the rest of all types, within one rate limit."""
    sample = _sample(result.chosen, request.sample or 0)
    with bars() as bar:
        on_sent = bar("Redrive", lambda: len(result.chosen))
        on_sample_sent = partial(notes.print, "The sample is sent: waiting for its outcomes …", style="dim")
        observer = RedriveObserver(on_read=unseen, on_sent=unseen, on_sample_sent=on_sample_sent, sleep=sleep)
        for sampled, ids_by_service in ((True, _by_service(sample)), (False, _by_service(result.chosen, but=sample))):
            for name, ids in ids_by_service.items():
                service = dead_letter_source(name, request.stage)
                one = (result.sample if sampled else result.rest).setdefault(name, RedriveResult())
                run = redrive_of(service, limiter, on_sent=lambda _sent: on_sent(result.sent))
                follow = sample_of(request, service, observer, len(ids)) if sampled else None
                run.run(lambda each, ids=ids: each.sqs_message_id in ids, one, sample=follow)  # type: ignore[misc]
                if result.sample_failed:
                    return
            if sampled and sample and not result.sent:
                result.sample_gone = True
                return
    result.finished = True


def _sample(chosen: Sequence[FoundDeadLetter], size: int) -> list[FoundDeadLetter]:
    """Choose the first of each cause of each type, then the second of each, until there are enough."""
    alternating = chain.from_iterable(zip_longest(*(cause.found for cause in causes(chosen))))
    return list(islice(filter(None, alternating), size))


def _by_service(found: Sequence[FoundDeadLetter], *, but: Sequence[FoundDeadLetter] = ()) -> Ids:
    """Group SQS message ids by service, without those of `but`."""
    excluded = {(each.service, each.dead_letter.sqs_message_id) for each in but}
    ids: dict[str, set[str]] = {}
    for each in found:
        if (each.service, each.dead_letter.sqs_message_id) not in excluded:
            ids.setdefault(each.service, set()).add(each.dead_letter.sqs_message_id)
    return {name: frozenset(each) for name, each in ids.items()}


def _dry_lines(request: RedriveRequest, result: AllTypesResult) -> Iterator[str | Text]:
    yield f"{_what(request, result)} would be redriven"
    yield from cause_lines(result.chosen)
    yield from _left_lines(request, result)


def _lines(request: RedriveRequest, result: AllTypesResult) -> Iterator[str | Text]:
    if not result.chosen:
        yield f"Nothing to redrive: a redrive helps no such dead letter in stage {request.stage.name}"
    else:
        unfinished = "" if result.finished or result.sample_failed else "Not finished: "
        done = f"{result.sent:,} of {_what(request, result)} redriven"
        yield Text.assemble(GOOD if result.succeeded else BAD, unfinished, done)
    for name, count in _counts(result.chosen).items():
        yield f"  {sum(each.sent for service, each in result.runs if service == name):,} of {count:,} of {name}"
    for _, each in result.runs:
        yield from map(sample_line, each.sample)
        yield from problem_lines(each)
    if result.sample_failed:
        stay = len(result.chosen) - result.sent
        why = "somebody else has received or deleted the sample" if result.sample_gone else "the sample did not succeed"
        yield f"  Stopped: {why}. {stay:,} stay in their dead-letter queues."
    elif result.finished and (gone := sum(map(len, _by_service(result.chosen).values())) - _leased(result)):
        yield f"  {counted(gone, 'message')} no longer visible: somebody else has received or deleted them"
    yield from _left_lines(request, result)


def _left_lines(request: RedriveRequest, result: AllTypesResult) -> Iterator[str]:
    if not result.left:
        return
    yield f"Left: {counted(len(result.left), 'dead letter')}, which need something else:"
    for (name, whose), count in _left(result).items():
        yield f"  {count:,} of {name}: {whose}"
    yield f"Next steps: taly-async dead-letters list --stage {request.stage.name}. With a TYPE, redrive sends them too."


def _record(request: RedriveRequest, result: AllTypesResult) -> Mapping[str, Any]:
    return {
        "stage": request.stage.name,
        "type": None,
        "dry_run": request.dry_run,
        "finished": result.finished,
        "chosen": len(result.chosen),
        "sent": result.sent,
        "stopped": result.sample_failed,
        "runs": [{"type": name, **record_of(each)} for name, each in result.runs],
        "causes": [cause.record() for cause in causes(result.chosen)],
        "left": [{"type": name, "turn": whose, "count": count} for (name, whose), count in _left(result).items()],
    }


def _what(request: RedriveRequest, result: AllTypesResult) -> str:
    types = counted(len(_counts(result.chosen)), "type")
    return f"{counted(len(result.chosen), 'dead letter')} of {types} in stage {request.stage.name}"


def _counts(found: Sequence[FoundDeadLetter]) -> Mapping[str, int]:
    return {name: len(ids) for name, ids in _by_service(found).items()}


def _left(result: AllTypesResult) -> Mapping[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for each in result.left:
        key = each.service, turn_by_name(each)
        counts[key] = counts.get(key, 0) + 1
    return counts


def _leased(result: AllTypesResult) -> int:
    return sum(each.chosen for _, each in result.runs)
