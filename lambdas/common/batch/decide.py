"""Decide on a record that is not simply done: one that may not run now, was refused, failed, or changes schedules."""

from lambdas.common.availability.judgement import Judge
from lambdas.common.batch import dead_letter, expiry, retry
from lambdas.common.batch.decision import DeadLetterDecision, Decision, DoneDecision, RetryDecision
from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.history import Attempt
from lambdas.common.batch.work import Work
from lambdas.common.budget import Context
from lambdas.common.clients import scheduler
from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import MaybeDoneError, NotNowError, PermanentError, UnavailableError, UnclearError
from lambdas.common.redaction.text import one_line, redact
from lambdas.common.runtime import Runtime
from schemas.destinations import SET_SCHEDULES, Destination, Route
from schemas.message import AnyMessage
from schemas.problems import Refusal
from schemas.reasons import Reason
from schemas.wire import timestamp


class Decider:
    """Decides on the records of one batch."""

    def __init__(self, work: Work, runtime: Runtime, context: Context) -> None:
        """Decide by the rules of this work."""
        self._work = work
        self._runtime = runtime
        self._context = context
        self._judge = Judge(work, runtime)

    def decide_before_reading(self, delivery: Delivery) -> RetryDecision | DeadLetterDecision | None:
        """Decide whether the body of a record that came back may be read; None: it may."""
        from lambdas.common.batch import redelivery  # most records come once

        return redelivery.before_reading(delivery, self._work, self._runtime)

    def decide_before_run(self, delivery: Delivery, message: AnyMessage, *, run: bool) -> Decision | None:
        """Decide whether a record may run in this invocation; None: it may. `run`: whether there is time for it."""
        decision = None
        if not delivery.is_fresh:
            from lambdas.common.batch import redelivery  # most records are fresh

            decision = redelivery.after_reading(delivery, message, self._work, self._runtime)
        if not isinstance(decision, DeadLetterDecision) and (too_late := self._work.expired(message)):
            expiry.note_wait(delivery.history, self._runtime)
            return too_late
        if decision:
            return decision
        for circuit in self._runtime.tripped:
            is_needed = circuit.destination is not Destination.TABLE or self._work.keeps_records
            blocked = circuit.blocks(message.id) if is_needed else None
            if blocked:
                return self.defer(delivery, blocked)
        if not run:
            return retry.defer_unrun(delivery.attempt)
        if not delivery.is_fresh:
            self._judge.expect_recovery(delivery)
        return None

    def decide(self, delivery: Delivery, result: Refusal | Exception | DoneDecision) -> Decision:
        """Decide on a record by the result of reading it or of running its handler."""
        match result:
            case DoneDecision():
                return self._scheduled(delivery, result)
            case Refusal():
                delivery.attempt = _begins(delivery)
                text = one_line(result.sentence())  # it has no value of the message
                delivery.failure = Failure(result.reason, text, place=dead_letter.place_of(result))
                return DeadLetterDecision(result.reason)
            case Exception() if delivery.message is None:  # the reader itself failed
                delivery.attempt = _begins(delivery)
                _set_failure_from(delivery, result, dead_letter.innermost_own_frame(result))
                return DeadLetterDecision(Reason.PERMANENT)
            case NotNowError():
                return self.defer(delivery, result)
            case UnclearError() if not self._judge.is_attempt(result, delivery):
                return self.defer(delivery, result)
            case _:
                return self._failed(delivery, result)

    def defer(self, delivery: Delivery, error: NotNowError | UnclearError) -> RetryDecision | DeadLetterDecision:
        """Defer a record that could not be done for a reason outside it."""
        return self._judge.defer(error, delivery, _set_failure_from(delivery, error))

    def _failed(self, delivery: Delivery, error: Exception) -> RetryDecision | DeadLetterDecision:
        if isinstance(error, MaybeDoneError):
            self._judge.note_maybe_done(error, delivery)
        failure = _set_failure_from(delivery, error, dead_letter.innermost_own_frame(error))
        delivery.history = delivery.history.failed(
            Attempt(
                attempt=delivery.attempt,
                error=failure.error,
                message=failure.text,
                at=timestamp(delivery.started_at) if delivery.started_at else "",
                duration_ms=delivery.duration_ms,
                function_version=self._runtime.environment.code_version,
                request_id=self._context.aws_request_id,
            )
        )
        if isinstance(error, PermanentError):
            return DeadLetterDecision(error.reason, error.remedy)
        return retry.after_failure(
            error,
            delivery.attempt,
            self._work.max_attempts,
            self._work.backoff.capped(self._runtime.environment.backoff_cap),
            jitter=self._runtime.jitter(),
            now=self._runtime.now(),
        )

    def _scheduled(self, delivery: Delivery, done: DoneDecision) -> Decision:
        """Set the record's schedules within its share of the time; where AWS refuses one, the record is not done."""
        runtime = self._runtime
        refused = scheduler.apply_changes(
            runtime.client("scheduler"), runtime.environment, done.changes, has_time=runtime.budget.allows_call
        )
        if not refused:
            runtime.worked(SET_SCHEDULES)
            return done
        return self.after_refusal(delivery, refused, SET_SCHEDULES)

    def after_refusal(self, delivery: Delivery, refused: RefusedEntry, route: Route) -> Decision:
        """Decide after AWS refused what follows from a record: a deferral unless the refusal is for good."""
        text = f"{route.destination.in_words} did not take what follows: {refused.code}"
        if refused.code == scheduler.OUT_OF_TIME:
            return self.defer(delivery, NotNowError(text))
        if not refused.is_permanent:
            unavailable = UnavailableError(text, route, to_do=refused.to_do, throttled=refused.throttled)
            return self.defer(delivery, unavailable)
        set_failure(delivery, "FollowUpRefused", text)
        return retry.after_final_refusal(refused)


def _begins(delivery: Delivery) -> int:
    """How often a message that cannot be read began, as far as it is known: its attempts."""
    return delivery.begins.times if delivery.begins else 1


def set_failure(delivery: Delivery, error: str, text: str) -> None:
    """Set a delivery's failure, for its log line and its dead letter; the text is redacted."""
    delivery.failure = Failure(error, redact(text, delivery.body))


def _set_failure_from(delivery: Delivery, error: Exception, frame: str = "") -> Failure:
    from lambdas.common.redaction.exceptions import safe_message  # a record with schedules fails seldom

    destination = error.route.destination if isinstance(error, UnavailableError | UnclearError) else ""
    text = safe_message(error, delivery.body)
    delivery.failure = Failure(type(error).__name__, text, frame, destination)
    return delivery.failure
