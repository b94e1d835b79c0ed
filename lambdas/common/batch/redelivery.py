"""Whether a message that was here before has its turn now: it may have killed a process, or it may have to wait.

A record that comes back without a word may have killed its process, or only shared a batch with one that did.
It is sent back, no attempt spent, to be run alone: one such record an invocation, and all others make way for it,
unrun. Whose process then dies, it died of that record, and both attempts are its.
"""

from datetime import datetime

from lambdas.common.batch import retry
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.record import Record
from lambdas.common.batch.retry import DeadLetterDecision, RetryDecision
from lambdas.common.batch.work import Work
from schemas.message import AnyMessage
from schemas.reasons import Reason


def turn(
    delivery: Delivery, message: AnyMessage, work: Work, *, alone: bool, now: datetime
) -> RetryDecision | DeadLetterDecision | None:
    """What becomes of a delivery unrun; None where it is to be run. Its attempt and history are known after that.

    Args:
        delivery: one that is not fresh.
        message: its own, which is valid.
        work: what is done with it.
        alone: whether it is being run alone.
        now: the time.
    """
    record = delivery.record
    lost = _lost_attempts(record, shares_batches=work.shares_batches)
    first = work.first_attempt(message, len(record.history.attempts))
    delivery.attempt = first + lost
    delivery.history = record.history.crashed(first, lost)
    if has_crashed_out(delivery.attempt, lost, work.max_attempts):
        return DeadLetterDecision(Reason.CRASHED)
    if work.shares_batches and not alone and (record.receive_count > 1 or record.history.alone):
        newly = 0 if record.history.alone else record.receive_count - 1
        return retry.set_apart(delivery.attempt, delivery.history.suspected + newly)
    not_before = delivery.history.not_before
    return retry.not_yet_due(not_before, delivery.attempt, now) if not_before else None


def has_crashed_out(attempt: int, lost: int, max_attempts: int) -> bool:
    """Whether a record has had its attempts without one of them living to say so. A first delivery is always run.

    Args:
        attempt: which attempt this delivery is.
        lost: how many attempts ended without a word.
        max_attempts: how many there are.
    """
    return lost > 0 and attempt > max_attempts


def _lost_attempts(record: Record, *, shares_batches: bool) -> int:
    """How many attempts ended without a word: receives beyond the first, by processes that ran it alone.

    Once one has died of it alone, those were its attempts too that died of it or of a neighbour.
    """
    alone = record.history.alone or not shares_batches
    lost = record.receive_count - 1 if alone else 0
    return lost + record.history.suspected if lost else 0
