"""What becomes of a message whose work could not be done now: an attempt, a deferral, or an end of patience.

The rule: an attempt is spent only on evidence that the other side is well.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.common.availability.circuit import Circuit, NotAskedError
from lambdas.common.availability.circuits import Circuits
from lambdas.common.availability.health import OUTAGE_GOES_ON, Health
from lambdas.common.availability.recent_calls import LONE_SECONDS
from lambdas.common.batch import retry
from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.errors import MaybeDoneError, NotDeliveredError, NotNowError, UnavailableError, UnclearError
from lambdas.common.redaction.text import redact
from schemas.destinations import Destination, Route
from schemas.event_type import LONGEST_WAIT
from schemas.reasons import Reason
from schemas.wire import timestamp

if TYPE_CHECKING:
    from lambdas.common.batch.delivery import Delivery, Failure
    from lambdas.common.batch.work import Work
    from lambdas.common.runtime import Runtime

EVIDENCE_SECONDS = 30.0
"""A message's first failure counts as its own if the route succeeded so many seconds before."""


class Judge:
    """Judges the failures of one function's messages."""

    def __init__(self, work: "Work", runtime: "Runtime") -> None:
        """Judge by the process's circuits, and by the stage's table."""
        self._work = work
        self._runtime = runtime

    def note_maybe_done(self, error: MaybeDoneError, delivery: "Delivery") -> None:
        """Open the circuit: each message that is tried while nothing answers may be done twice."""
        circuit, message_id = self._circuit(error.route.destination), _identity(delivery)
        circuit.recent.failed(error.route, message_id)
        self._open(circuit, UnavailableError(str(error), error.route), delivery, is_risky=True)

    def is_attempt(self, error: UnclearError, delivery: "Delivery") -> bool:
        """Whether a failure is its message's own. What it shows about the destination is noted."""
        circuit, message_id = self._circuit(error.route.destination), _identity(delivery)
        is_well = self._is_well(error, circuit, delivery, message_id)
        circuit.recent.failed(error.route, message_id)
        delivery.history = delivery.history.unclear(timestamp(self._runtime.now()))
        if is_well is False:
            unavailable = UnavailableError(str(error), error.route, after=error.retry_after or 0.0)
            self._open(circuit, unavailable, delivery)
        elif is_well is None:  # each try until then would fail again
            error.retry_after = max(error.retry_after or 0.0, circuit.seconds_to_calm() or LONE_SECONDS)
        return bool(is_well)

    def defer(
        self, error: NotNowError | UnclearError, delivery: "Delivery", failure: "Failure"
    ) -> RetryDecision | DeadLetterDecision:
        """Defer a message until it may be done; after its type's patience, it is dead-lettered.

        Args:
            error: why it cannot be done now.
            delivery: the message's delivery.
            failure: the same for people, redacted.
        """
        now = self._runtime.now()
        if isinstance(error, UnavailableError) and not isinstance(error, NotAskedError):
            self._unavailable(error, delivery)
        if isinstance(error, NotDeliveredError):
            return self._deliver_again(error, delivery, failure)
        why = "" if isinstance(error, NotAskedError) else failure.text
        delivery.history = history = delivery.history.waited(failure.destination, why, timestamp(now))
        waited = (now - datetime.fromisoformat(history.waits[0].since)).total_seconds()
        if waited >= self._work.patience.total_seconds():
            return DeadLetterDecision(Reason.UNAVAILABLE)
        jitter, cap = self._runtime.jitter(), self._runtime.environment.backoff_cap
        wait = max(_asked(error), retry.deferral_delay(history.deferrals, waited, jitter, cap=cap))
        if failure.destination:
            wait = self._circuit(Destination(failure.destination)).delay(wait)
        return retry.defer(delivery.attempt, wait, now)

    def _deliver_again(
        self, error: NotDeliveredError, delivery: "Delivery", failure: "Failure"
    ) -> RetryDecision | DeadLetterDecision:
        now = self._runtime.now()
        delivery.history = history = delivery.history.not_delivered(failure.text, timestamp(now))
        return retry.deliver_again(
            self._work.delivery_delays,
            history.deliveries,
            delivery.attempt,
            error.after,
            cap=self._runtime.environment.backoff_cap,
            jitter=self._runtime.jitter(),
            now=now,
        )

    def expect_recovery(self, delivery: "Delivery") -> None:
        """Have the next success noted of each destination that a message, which runs now, had to wait for."""
        waited_for = {wait.destination for wait in delivery.history.waits}
        for destination in Destination:  # another version of this function may have waited for others
            if destination in waited_for:
                self._circuit(destination).note_next_success()

    def _unavailable(self, error: UnavailableError, delivery: "Delivery") -> None:
        circuit, message_id = self._circuit(error.route.destination), _identity(delivery)
        since = self._runtime.now().timestamp() - EVIDENCE_SECONDS
        works = not error.throttled and circuit.recent.evidence(error.route, message_id, since)
        circuit.recent.failed(error.route, message_id)
        if works:  # it is about this message alone, whoever answered
            return
        if works is None and self._probe(circuit):  # it is, as far as anybody knows: others may call
            self._note(circuit, error, delivery)
        else:
            self._open(circuit, error, delivery)

    def _open(self, circuit: Circuit, error: UnavailableError, delivery: "Delivery", *, is_risky: bool = False) -> None:
        circuit.open(error.route, after=_asked(error), throttled=error.throttled, is_risky=is_risky)
        self._note(circuit, error, delivery)

    def _note(self, circuit: Circuit, error: UnavailableError, delivery: "Delivery") -> None:
        if circuit.is_to_be_noted(error.route):
            why = redact(str(error), delivery.body)
            self._health.failed(error.route, message_id=_identity(delivery), why=why, to_do=error.to_do)

    def _is_well(self, error: UnclearError, circuit: Circuit, delivery: "Delivery", message_id: str) -> bool | None:
        """Whether the route works for other messages: by this process, by the table, or else by a probe.

        None: it does, but that is not certain enough for the last attempt.
        """
        failed_at = delivery.history.failed_at
        since = _seconds(failed_at) if failed_at else self._runtime.now().timestamp() - EVIDENCE_SECONDS
        known = circuit.recent.evidence(error.route, message_id, since)
        if known is None:
            return self._is_well_in_the_stage(error.route, circuit, delivery, message_id, since)
        return self._is_certain(circuit, delivery) or None if known else False

    def _is_well_in_the_stage(
        self, route: Route, circuit: Circuit, delivery: "Delivery", message_id: str, since: float
    ) -> bool | None:
        """Whether the route works by what other processes noted, or else by a probe; False without the table."""
        health = self._health.read(route)
        if health is None:
            return False
        now, history = self._runtime.now().timestamp(), delivery.history
        failed_at, succeeded_at = _since_1970(health.failed_for_others(message_id)), _since_1970(health.succeeded_at)
        # On a quiet route that fails for all, each message is alone at times. So another's failure counts for longer.
        first = history.waits[0].since if history.waits else history.failed_at
        lone_since = _seconds(first) if first else now
        if failed_at >= max(succeeded_at, min(lone_since, now - OUTAGE_GOES_ON.total_seconds())):
            return False
        # The table's note of a success may be as old as a note is apart from the next.
        if succeeded_at >= (since if history.failed_at else since - EVIDENCE_SECONDS):
            return self._is_certain(circuit, delivery, failed_at) or None
        if circuit.recent.is_asked_by_others(route, message_id, lone_since) or not self._probe(circuit):
            return False
        self._health.blamed(route, message_id)
        circuit.note_next_success()  # else this failure would count against the route in spite of a success
        return True

    def _is_certain(self, circuit: Circuit, delivery: "Delivery", failed_at: float = 0.0) -> bool:
        """Whether an attempt may be spent on evidence: the last one only after a calm minute, and a probe.

        After it people have to look. A call that began in an outage may end after it: so the minute is the one before
        the call.
        """
        if delivery.attempt < self._work.max_attempts:
            return True
        began = (delivery.started_at or self._runtime.now()).timestamp()
        is_calm = circuit.was_calm(began) and failed_at < began - LONE_SECONDS
        return is_calm and (circuit.probe is None or self._probe(circuit))

    def _probe(self, circuit: Circuit) -> bool:
        """Ask the destination whether it is well; where there is no time or no way to ask, nobody knows."""
        return circuit.probe is not None and self._runtime.budget.allows_call() and circuit.probe()

    def _circuit(self, destination: Destination) -> Circuit:
        return self._runtime.capability(Circuits)[destination]

    @property
    def _health(self) -> Health:
        return self._runtime.capability(Health)


def _asked(error: NotNowError | UnclearError) -> float:
    """Return for how many seconds the other side asked, or the handler: 12 hours at most."""
    asked = (error.retry_after or 0.0) if isinstance(error, UnclearError) else error.after
    return min(LONGEST_WAIT, asked)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _since_1970(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def _identity(delivery: "Delivery") -> str:
    """A name that all deliveries of a message share; of one that is not read yet, the first SQS message's id."""
    return delivery.message.id if delivery.message else delivery.noted_as
