"""When a record runs again: after which delay, or never. Decisions alone; `settle.py` carries them out.

A record runs again as a fresh copy on its own queue. So SQS's receive count stays at 1 wherever we decide, and nobody
waits for a visibility timeout.

The delay after a failed attempt is random, from 0 to the figure below (exponential backoff with full jitter), unless
the other side asked for another wait. In seconds, by kind, and by type where that differs:

type             attempts  after attempt 1    2    3    4    5    6    7
every reaction          3                2    4
every job               3                5   10
webhook.fan_out         5                5   10   20   40
webhook.deliver         8               30   60  120  240  480  900  900
"""

from datetime import datetime, timedelta
from math import ceil

from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import RetryableError
from lambdas.common.times import timestamp
from schemas.event_type import Backoff
from schemas.reasons import Outcome, Reason

LONGEST_DELAY = 900
"""Seconds; the most that SQS's DelaySeconds takes. A longer wait is several deferrals."""

LONGEST_WAIT = 12 * 3600
"""Seconds; a longer `Retry-After` is cut to this."""

MAX_DEFERRALS = 20
"""With `DEFERRAL_BACKOFF` 84 minutes on average, in which AWS or another process's lock refuses the record."""

DEFERRAL_BACKOFF = Backoff(base=1)


def after_failure(  # noqa: PLR0913 all that a decision depends on
    error: Exception, attempt: int, max_attempts: int, backoff: Backoff, *, jitter: float, now: datetime
) -> RetryDecision | DeadLetterDecision:
    """Decide after a retryable failure: the next attempt, or the dead-letter queue.

    Args:
        error: the exception; the wait that a `RetryableError` asks for wins over the backoff.
        attempt: the attempt that failed.
        max_attempts: how many attempts the message has.
        backoff: the type's backoff.
        jitter: a random number from 0 to 1.
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


def after_refusal(
    refused: RefusedEntry, attempt: int, deferrals: int, jitter: float
) -> RetryDecision | DeadLetterDecision:
    """Decide after AWS refused a follow-up: a deferral if the refusal may pass, else the dead-letter queue."""
    if refused.too_large:
        return DeadLetterDecision(Reason.TOO_LARGE)
    if refused.is_permanent:
        return DeadLetterDecision(Reason.PERMANENT)
    return defer(attempt, deferrals, jitter)


def defer(attempt: int, deferrals: int, jitter: float) -> RetryDecision | DeadLetterDecision:
    """Defer a record that cannot run for a reason outside it, at most `MAX_DEFERRALS` times."""
    if deferrals >= MAX_DEFERRALS:
        return DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    wait = delay(DEFERRAL_BACKOFF, deferrals + 1, jitter)
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=wait, counted=True)


def defer_unrun(attempt: int) -> RetryDecision:
    """Defer a record for which the invocation has no time, or whose neighbour must run alone.

    This deferral is not counted. Each invocation runs at least one record, so a backlog shrinks however often each of
    its records is deferred.
    """
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=0)


def defer_until(not_before: str, attempt: int, now: datetime) -> RetryDecision | None:
    """Defer a record that is not due yet; None where it is due.

    A due time more than `LONGEST_WAIT` ahead counts as due: its sender's clock is wrong, or the history is forged.
    """
    wait = (datetime.fromisoformat(not_before) - now).total_seconds()
    if not 0 < wait <= LONGEST_WAIT:
        return None
    return RetryDecision(
        Outcome.DEFERRED, attempts=attempt, delay=min(LONGEST_DELAY, ceil(wait)), not_before=not_before
    )


def delay(backoff: Backoff, attempt: int, jitter: float) -> int:
    """Exponential backoff with full jitter, in whole seconds: from 0 to min(cap, base * 2^(attempt - 1)).

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """
    doubled: float = backoff.base * 2 ** min(attempt - 1, 30)
    return round(jitter * min(doubled, backoff.cap, LONGEST_DELAY))
