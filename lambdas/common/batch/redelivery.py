"""Whether a message that was delivered before may be read and run now: it may have ended a process, or must wait.

A second receive means that the process ended, that Lambda throttled the delivery, or that SQS refused what was to be
sent. The receive count cannot tell these apart. So each begin of a message that came back is noted before its body is
read, and only noted begins count: one that came to no outcome is an attempt that crashed. The first receive is not
noted, which saves a write for each message: a message that always ends its process runs once more than it has attempts.

A process that ended had a whole batch. So a suspect is read and run without neighbours: `loop.py` takes its batch
apart.
"""

from datetime import datetime

from lambdas.common.availability.judgement import Judge
from lambdas.common.batch import retry
from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.work import Work
from lambdas.common.clients.begins import BeginNotes, Begins
from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import UnavailableError
from lambdas.common.runtime import Runtime
from schemas.destinations import KEEP_RECORDS
from schemas.message import AnyMessage
from schemas.reasons import Reason


def before_reading(delivery: Delivery, work: Work, runtime: Runtime) -> RetryDecision | DeadLetterDecision | None:
    """Decide whether a suspect's body may be read now, and note that it begins; None: it may.

    A body that ended its process at each noted begin, and was never read to its end, is dead-lettered unread.

    Args:
        delivery: a delivery of a suspect.
        work: the function's work.
        runtime: the function's dependencies.
    """
    decision = _wait(delivery, runtime) or _begin(delivery, work, runtime)
    delivery.unread = decision is not None
    return decision


def put_back(delivery: Delivery, runtime: Runtime) -> RetryDecision:
    """Decide that a record goes back to the queue unread, because a suspect of its batch must run alone.

    A record that waits for its due time goes on waiting.
    """
    delivery.unread = True
    return _wait(delivery, runtime) or retry.defer_unrun(delivery.attempt)


def after_reading(
    delivery: Delivery, message: AnyMessage, work: Work, runtime: Runtime
) -> RetryDecision | DeadLetterDecision | None:
    """Set a delivery's attempt and history, and decide whether it may run now; None: it may.

    Args:
        delivery: a delivery that is not fresh.
        message: its valid message.
        work: the function's work.
        runtime: the function's dependencies.
    """
    delivery.first = delivery.attempt = work.first_attempt(message, len(delivery.history.attempts))
    begins = delivery.begins
    if begins is None:
        return None if _is_early(delivery, message, work) else _wait(delivery, runtime)
    _enter_crashes(delivery, begins)
    if begins.crashes and delivery.attempt > work.max_attempts:
        return _crashed_out(delivery, begins)
    if begins.times >= work.max_attempts and not begins.was_read:
        notes_of(work, runtime).read(delivery.noted_as)
    return None


def notes_of(work: Work, runtime: Runtime) -> BeginNotes:
    """Return the notes of this function's begins."""
    return BeginNotes(runtime.client("dynamodb"), runtime.environment.idempotency_table_name, work.service)


def _wait(delivery: Delivery, runtime: Runtime) -> RetryDecision | None:
    not_before = delivery.history.not_before
    return retry.defer_until(not_before, delivery.attempt, runtime.now()) if not_before else None


def _is_early(delivery: Delivery, message: AnyMessage, work: Work) -> bool:
    """Whether the receiver took another message since this one failed, so that it may run before it is due."""
    history = delivery.history
    if not (history.not_before and history.deliveries and history.waits):
        return False
    return work.has_recovered(message, datetime.fromisoformat(history.waits[-1].until))


def _begin(delivery: Delivery, work: Work, runtime: Runtime) -> RetryDecision | DeadLetterDecision | None:
    begins = notes_of(work, runtime).begin(delivery.noted_as, delivery.receipt_handle, runtime.now())
    if isinstance(begins, RefusedEntry):
        text = f"the table did not take the note that it begins: {begins.code}"
        delivery.failure = failure = Failure("BeginNotNoted", text, destination=KEEP_RECORDS.destination)
        error = UnavailableError(text, KEEP_RECORDS, to_do=begins.to_do, throttled=begins.throttled)
        return Judge(work, runtime).defer(error, delivery, failure)
    runtime.worked(KEEP_RECORDS)
    if begins.crashes >= work.max_attempts and not begins.was_read:
        delivery.first = 1 + len(delivery.history.attempts)
        _enter_crashes(delivery, begins)
        return _crashed_out(delivery, begins)
    delivery.begins = begins
    return None


def _enter_crashes(delivery: Delivery, begins: Begins) -> None:
    delivery.attempt = delivery.first + begins.crashes
    delivery.history = delivery.history.crashed(delivery.first, begins.crashes)


def _crashed_out(delivery: Delivery, begins: Begins) -> DeadLetterDecision:
    """Dead-letter a delivery; the text has no value of its body, and needs no redaction."""
    times = "once" if begins.crashes == 1 else f"{begins.crashes} times"
    delivery.failure = Failure("Crashed", f"it came back and began {times}, and never came to an outcome")
    return DeadLetterDecision(Reason.CRASHED)
