"""When a record runs again: after which delay, or never. Decisions alone; `settle.py` carries them out.

A record runs again as a fresh copy on its own queue. So SQS's receive count stays at 1 wherever we decide, and nobody
waits for a visibility timeout.

The delay after a failed attempt is random, from 0 to the figure below (exponential backoff with full jitter), unless
the other side asked for another wait. In seconds, by kind:

type             attempts  after attempt 1    2
every reaction          3                2    4
every job               3                5   10

A receiver that is not ours and does not take a message is asked again after the type's `delivery_delays`, each longer
or shorter by a tenth at most.

A deferral spends no attempt: the record could not run, or it failed and nothing shows that the message is at fault.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import MaybeDoneError, RetryableError
from schemas.event_type import LONGEST_DELIVERY_DELAY, LONGEST_WAIT, Backoff
from schemas.reasons import Outcome, Reason
from schemas.wire import timestamp

LONGEST_DELAY = 900
"""Seconds; the most that SQS's DelaySeconds takes. A longer wait is several deferrals."""

MAYBE_DONE_DELAY = 300
"""Seconds after which what may have been done is tried again, unless the stage's cap is lower."""

_YOUNG_CAP = 60
"""Seconds; the most that backoff adds to a deferral while the message has waited for ten minutes at most."""

_YOUNG_SHARE = 0.25
"""Until then, the most is this share of how long the message has waited, so that the backlog of a short outage is done
soon after it.
"""

_LEAST_CAP = 4
"""Seconds; the least of these bounds."""

_DELIVERY_JITTER = 0.1

_SHARE_OF_WAIT = 0.1
"""Later, the most that backoff adds is this share of how long the message has waited: recovery stays quick."""


def after_failure(  # noqa: PLR0913 all that a decision depends on
    error: Exception, attempt: int, max_attempts: int, backoff: Backoff, *, jitter: float, now: datetime
) -> RetryDecision | DeadLetterDecision:
    """Decide after a retryable failure: the next attempt, or the dead-letter queue.

    Args:
        error: the exception; a `RetryableError` may ask for a wait that is longer than the backoff.
        attempt: the attempt that failed.
        max_attempts: how many attempts the message has.
        backoff: the type's backoff.
        jitter: a random number from 0 to 1.
        now: the time.
    """
    if attempt >= max_attempts:
        return DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    asked = (error.retry_after or 0.0) if isinstance(error, RetryableError) else 0.0
    if isinstance(error, MaybeDoneError):
        asked = min(MAYBE_DONE_DELAY, backoff.cap)
    return _again(Outcome.RETRYING, attempt + 1, max(asked, delay(backoff, attempt, jitter)), now)


def after_final_refusal(refused: RefusedEntry) -> DeadLetterDecision:
    """Decide after AWS refused an entry for good."""
    return DeadLetterDecision(Reason.TOO_LARGE if refused.too_large else Reason.PERMANENT)


def defer(attempt: int, wait: float, now: datetime) -> RetryDecision:
    """Defer a record by a wait in seconds."""
    return _again(Outcome.DEFERRED, attempt, wait, now)


def deferral_delay(deferrals: int, waited: float, jitter: float, *, cap: str = "") -> int:
    """Return the seconds that backoff adds to a deferral.

    Args:
        deferrals: how often the message was deferred, this time included.
        waited: seconds since it was first deferred.
        jitter: a random number from 0 to 1.
        cap: the stage's `backoff_cap`.
    """
    young = min(_YOUNG_CAP, max(_LEAST_CAP, _YOUNG_SHARE * waited))
    backoff = Backoff(base=1, cap=max(young, _SHARE_OF_WAIT * waited)).capped(cap)
    return delay(backoff, deferrals, jitter)


def _again(
    outcome: Outcome, attempts: int, wait: float, now: datetime, *, longest: float = LONGEST_WAIT
) -> RetryDecision:
    seconds = ceil(min(longest, max(0.0, wait)))
    if seconds <= LONGEST_DELAY:
        return RetryDecision(outcome, attempts=attempts, delay=seconds)
    due = timestamp(now + timedelta(seconds=seconds))
    return RetryDecision(outcome, attempts=attempts, delay=LONGEST_DELAY, not_before=due)


def defer_unrun(attempt: int) -> RetryDecision:
    """Defer a record for which the invocation has no time, or whose neighbour must run alone.

    Each invocation runs at least one record, so a backlog shrinks however often each of its records is deferred.
    """
    return RetryDecision(Outcome.DEFERRED, attempts=attempt, delay=0)


def deliver_again(  # noqa: PLR0913 all that a decision depends on
    delays: Sequence[timedelta], failed: int, attempt: int, asked: float, *, cap: str, jitter: float, now: datetime
) -> RetryDecision | DeadLetterDecision:
    """Decide after a receiver did not take a message: another try, or the dead-letter queue.

    Args:
        delays: the type's `delivery_delays`.
        failed: how many tries have failed, this one included.
        attempt: the attempt's number, which stays as it is.
        asked: seconds for which the receiver asked.
        cap: the stage's `backoff_cap`.
        jitter: a random number from 0 to 1.
        now: the time.
    """
    if failed > len(delays):
        return DeadLetterDecision(Reason.UNAVAILABLE)
    delay = delays[failed - 1].total_seconds()
    wait = min(delay, float(cap)) if cap else delay * (1 - _DELIVERY_JITTER + 2 * _DELIVERY_JITTER * jitter)
    return _again(Outcome.DEFERRED, attempt, max(wait, min(LONGEST_WAIT, asked)), now, longest=LONGEST_DELIVERY_DELAY)


def defer_until(not_before: str, attempt: int, now: datetime) -> RetryDecision | None:
    """Defer a record that is not due yet; None where it is due.

    A due time that no decision of ours gives counts as due: its sender's clock is wrong, or the history is forged.
    """
    wait = (datetime.fromisoformat(not_before) - now).total_seconds()
    if not 0 < wait <= LONGEST_DELIVERY_DELAY:
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
