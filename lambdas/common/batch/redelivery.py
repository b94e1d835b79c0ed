"""Whether a message that was delivered before may run now: it may have ended a process, or must wait.

A second receive without an outcome means that the process ended: because of this record, or of a neighbour in its
batch. The record goes back, no attempt spent, to run alone: one such record an invocation, and no other record runs
beside it. If the process ends again, that record is the cause, and both crashes count as its attempts.
"""

from datetime import datetime

from lambdas.common.batch import retry
from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.work import Work
from schemas.message import AnyMessage
from schemas.reasons import Reason


def on_redelivery(
    delivery: Delivery, message: AnyMessage, work: Work, *, alone: bool, now: datetime
) -> RetryDecision | DeadLetterDecision | None:
    """Set a delivery's attempt and history, and decide whether it may run now; None: it may.

    Args:
        delivery: a delivery that is not fresh.
        message: its valid message.
        work: the function's work.
        alone: whether no other record runs in this invocation.
        now: the time.
    """
    before = delivery.history
    crashes = _crashes(delivery, shares_batches=work.shares_batches)
    first = work.first_attempt(message, len(before.attempts))
    delivery.attempt = first + crashes
    delivery.history = before.crashed(first, crashes)
    if has_crashed_out(delivery.attempt, crashes, work.max_attempts):
        return DeadLetterDecision(Reason.CRASHED)
    if work.shares_batches and not alone and (delivery.receive_count > 1 or before.alone):
        newly_suspected = 0 if before.alone else delivery.receive_count - 1
        return retry.defer_to_run_alone(delivery.attempt, delivery.history.suspected + newly_suspected)
    return retry.defer_until(before.not_before, delivery.attempt, now) if before.not_before else None


def has_crashed_out(attempt: int, crashes: int, max_attempts: int) -> bool:
    """Whether a record's attempts are used up, at least one of them by a crash. A first delivery always runs.

    Args:
        attempt: the attempt number of this delivery.
        crashes: attempts that ended with their process.
        max_attempts: how many attempts the message has.
    """
    return crashes > 0 and attempt > max_attempts


def _crashes(delivery: Delivery, *, shares_batches: bool) -> int:
    """Count the attempts that ended with their process: receives beyond the first by processes that ran it alone.

    After one such crash, the crashes in company count too: each was caused by this record or by a neighbour.
    """
    alone = delivery.history.alone or not shares_batches
    crashes = delivery.receive_count - 1 if alone else 0
    return crashes + delivery.history.suspected if crashes else 0
