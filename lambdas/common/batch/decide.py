"""Decide on a record that is not simply done: one that may not run now, was refused, failed, or changes schedules."""

from lambdas.common.batch import dead_letter, retry
from lambdas.common.batch.decision import DeadLetterDecision, Decision, DoneDecision, RetryDecision
from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.history import Attempt
from lambdas.common.batch.work import Work
from lambdas.common.budget import Context
from lambdas.common.clients import scheduler
from lambdas.common.errors import NotNowError, PermanentError
from lambdas.common.redaction.text import one_line, redact
from lambdas.common.runtime import Runtime
from lambdas.common.times import timestamp
from schemas.message import AnyMessage
from schemas.problems import Refusal
from schemas.reasons import Reason


class Decider:
    """Decides on the records of one batch."""

    def __init__(self, work: Work, runtime: Runtime, context: Context) -> None:
        """Decide by the rules of this work."""
        self._work = work
        self._runtime = runtime
        self._context = context

    def decide_before_reading(self, delivery: Delivery) -> RetryDecision | DeadLetterDecision | None:
        """Decide whether the body of a record that came back may be read; None: it may."""
        from lambdas.common.batch import redelivery  # most records come once

        return redelivery.before_reading(delivery, self._work, self._runtime)

    def decide_before_run(
        self, delivery: Delivery, message: AnyMessage, *, run: bool
    ) -> RetryDecision | DeadLetterDecision | None:
        """Decide whether a record may run in this invocation; None: it may. `run`: whether there is time for it."""
        decision = None
        if not delivery.is_fresh:
            from lambdas.common.batch import redelivery  # most records are fresh

            decision = redelivery.after_reading(delivery, message, self._work, self._runtime)
        return decision if decision or run else retry.defer_unrun(delivery.attempt)

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
                _set_failure_from(delivery, result)
                return retry.defer(delivery.attempt, delivery.history.deferrals, self._runtime.jitter())
            case _:
                return self._failed(delivery, result)

    def _failed(self, delivery: Delivery, error: Exception) -> RetryDecision | DeadLetterDecision:
        failure = _set_failure_from(delivery, error, dead_letter.innermost_own_frame(error))
        delivery.history = delivery.history.failed(
            Attempt(
                attempt=delivery.attempt,
                error=failure.error,
                message=failure.text,
                at=timestamp(delivery.started_at) if delivery.started_at else "",
                duration_ms=delivery.duration_ms,
                function_version=self._context.function_version,
                request_id=self._context.aws_request_id,
            )
        )
        if isinstance(error, PermanentError):
            return DeadLetterDecision(error.reason)
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
            return done
        set_failure(delivery, "FollowUpRefused", f"EventBridge Scheduler did not take what follows: {refused.code}")
        return retry.after_refusal(refused, delivery.attempt, delivery.history.deferrals, runtime.jitter())


def _begins(delivery: Delivery) -> int:
    """How often a message that cannot be read began, as far as it is known: its attempts."""
    return delivery.begins.times if delivery.begins else 1


def set_failure(delivery: Delivery, error: str, text: str) -> None:
    """Set a delivery's failure, for its log line and its dead letter; the text is redacted."""
    delivery.failure = Failure(error, redact(text, delivery.body))


def _set_failure_from(delivery: Delivery, error: Exception, frame: str = "") -> Failure:
    from lambdas.common.redaction.exceptions import safe_message  # a record with schedules fails seldom

    delivery.failure = Failure(type(error).__name__, safe_message(error, delivery.body), frame)
    return delivery.failure
