"""What becomes of a record that was not done: run it again, put it back, or dead-letter it. Decisions alone.

Every return is a fresh copy on the record's own queue, so that SQS's receive count stays at 1 in all
that is under control here, and nobody waits for a visibility timeout.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import RetryableError
from lambdas.common.times import timestamp
from schemas.event_type import Backoff
from schemas.reasons import Outcome, Reason

LONGEST_DELAY = 900
"""Seconds; SQS DelaySeconds. What waits longer goes round until its time has come."""

LONGEST_WAIT = 12 * 3600
"""Seconds; a `Retry-After` beyond that is taken for this."""

MAX_DEFERRALS = 20
"""With `DEFERRAL_BACKOFF` that is some two and a half hours of a bus that takes nothing."""

DEFERRAL_BACKOFF = Backoff(base=1)


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """It goes back to its own queue."""

    outcome: Outcome
    """`retrying` where an attempt was spent, `deferred` where none was."""

    attempts: int
    """The attempt that the copy is."""

    delay: int
    """Seconds until SQS delivers it."""

    not_before: str = ""
    """When it is to be run, in UTC by RFC 3339, where that is later."""

    alone: bool = False
    """Whether it is to be run alone."""

    suspected: int = 0
    """How many processes died that had it in a batch with others."""

    counted: bool = False
    """Whether it is one of the deferrals that are limited: what waits for its time or its turn will be run."""


@dataclass(frozen=True, slots=True)
class DeadLetterDecision:
    """It goes to the dead-letter queue."""

    reason: Reason


def after_failure(  # noqa: PLR0913 all that a decision depends on
    error: Exception, attempt: int, max_attempts: int, backoff: Backoff, *, jitter: float, now: datetime
) -> RetryDecision | DeadLetterDecision:
    """After a retryable failure: the next attempt, or the end of them.

    Args:
        error: what was raised; a `RetryableError` may ask for a wait, which wins over the backoff.
        attempt: which attempt failed.
        max_attempts: how many there are.
        backoff: of the type.
        jitter: from 0 to 1, at random.
        now: the time.
    """
    if attempt >= max_attempts:
        return DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    asked = error.retry_after if isinstance(error, RetryableError) else None
    wait = delay(backoff, attempt, jitter) if asked is None else round(min(LONGEST_WAIT, max(0, asked)))
    if wait <= LONGEST_DELAY:
        return RetryDecision(Outcome.RETRYING, attempts=attempt + 1, delay=wait)
    due = timestamp(now + timedelta(seconds=wait))
    return RetryDecision(Outcome.RETRYING, attempts=attempt + 1, delay=LONGEST_DELAY, not_before=due)


def not_yet_due(not_before: str, attempt: int, now: datetime) -> RetryDecision | None:
    """A record whose time has not come goes round once more; None where it is to be run.

    One that says it must wait for longer than anything may is run: its sender's clock is wrong, or it is forged.
    """
    wait = (datetime.fromisoformat(not_before) - now).total_seconds()
    if not 0 < wait <= LONGEST_WAIT:
        return None
    return RetryDecision(
        Outcome.DEFERRED, attempts=attempt, delay=min(LONGEST_DELAY, ceil(wait)), not_before=not_before
    )


def after_refusal(
    refused: RefusedEntry, attempt: int, deferrals: int, jitter: float
) -> RetryDecision | DeadLetterDecision:
    """After AWS refused what the record wanted to send: put back when it is for now, dead-lettered when for good."""
    if refused.too_large:
        return DeadLetterDecision(Reason.TOO_LARGE)
    if refused.is_permanent:
        return DeadLetterDecision(Reason.PERMANENT)
    return not_now(attempt, deferrals, jitter)


def not_now(attempt: int, deferrals: int, jitter: float) -> RetryDecision | DeadLetterDecision:
    """A record that could not be done for now, and not by its own fault: put back, so often and no more."""
    if deferrals >= MAX_DEFERRALS:
        return DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    wait = delay(DEFERRAL_BACKOFF, deferrals + 1, jitter)
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=wait, counted=True)


def unrun(attempt: int) -> RetryDecision:
    """A record that another of its batch left no room or no time for goes back, and has its turn in the next.

    That is not counted: each invocation runs one record at least, so that a backlog of slow ones is worked off, however
    often each of them goes round.
    """
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=0)


def set_apart(attempt: int, suspected: int) -> RetryDecision:
    """A record that is to be run alone goes back to wait for its turn."""
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=0, alone=True, suspected=suspected)


def delay(backoff: Backoff, attempt: int, jitter: float) -> int:
    """Exponential backoff with full jitter, in whole seconds.

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    doubled: float = backoff.base * 2 ** min(attempt - 1, 30)
    return round(jitter * min(doubled, backoff.cap, LONGEST_DELAY))
