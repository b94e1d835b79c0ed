"""The rule by which an endpoint is called: what its state means for the next message, and how each call changes it.

After a failure nobody calls until a hold is over. Then one message calls, the probe, and all others wait for what comes
of it. So an endpoint that does not answer gets 16 calls at once, by the function's concurrency, and four in the hour
after. Holds grow once a second message failed: one that an endpoint refuses delays the others by seconds.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.endpoints import FAILING_AFTER, EndpointState
from schemas.event_type import LONGEST_WAIT

HOLDS = (timedelta(seconds=2), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""For how long nobody calls: after failures of one message, and after each of several messages; the last one repeats.

The first is shorter than the message's own wait, so that another message shows whose fault it is.
"""

_OTHERS_FIRST = timedelta(seconds=5)
"""For how much longer the message itself waits that failed alone."""

LEASE = timedelta(seconds=30)
"""The time of a probe, which is the function's time-out: if its process dies, the next message probes."""

PROBED_EVERY = timedelta(days=1)
"""Time between calls of a disabled endpoint that the CRM still lists: its owner may have enabled it again there."""

_SPREAD = timedelta(minutes=1)
"""After a hold the messages that waited come back over so much time, or over the hold's own, if that is less."""

_OUTAGE = timedelta(minutes=10)
"""After a shorter outage no message waits for long."""

_ONE_OUTAGE = timedelta(hours=1)
"""An endpoint that fails again so soon after an outage, as under its backlog, has one outage and not two."""

_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class EndpointFailure:
    """A call that the endpoint did not take."""

    message_id: str
    answer: str
    """The failure, in a sentence without values."""

    after: float = 0.0
    """Seconds for which the endpoint asked."""


def wait(state: EndpointState, message_id: str, now: datetime, jitter: float) -> float:
    """Return for how many seconds a message must not call; 0: it may. `jitter`: a random number from 0 to 1."""
    if not (state.failing_since and state.failed_at and state.asked_from):
        return 0.0
    failed_alone = message_id == state.failing_by and not state.shared_failures
    left = state.asked_from - now + (_OTHERS_FIRST if failed_alone else timedelta())
    if left <= timedelta():
        return 0.0
    if state.probed_at and state.probed_at >= state.failed_at:  # the probe's outcome is known soon
        return max(1.0, left.total_seconds() * jitter)
    spread = min(_SPREAD, state.asked_from - state.failed_at)
    return (left + jitter * spread).total_seconds()


def probing(state: EndpointState, now: datetime) -> EndpointState:
    """Return the state while one message calls the endpoint, and nobody else does."""
    return replace(state, probed_at=now, asked_from=now + LEASE)


def after_failure(state: EndpointState, failure: EndpointFailure, now: datetime, cap: str) -> EndpointState:
    """Return the state after a failure that is no older than the last one that was noted.

    Args:
        state: the state before the call.
        failure: what happened.
        now: when it ended.
        cap: the stage's `backoff_cap`: seconds, or empty.
    """
    failing_by = state.failing_by or failure.message_id
    is_shared = state.shared_failures > 0 or failure.message_id != failing_by
    shared_failures = state.shared_failures + is_shared
    hold = HOLDS[min(shared_failures, len(HOLDS) - 1)].total_seconds()
    hold = max(min(hold, float(cap)) if cap else hold, min(LONGEST_WAIT, failure.after))
    return replace(
        state,
        failing_since=state.failing_since or now,
        failing_by=failing_by,
        failed_at=now,
        failures=state.failures + 1,
        shared_failures=shared_failures,
        asked_from=now + (PROBED_EVERY if state.disabled_at else timedelta(seconds=hold)),
        last_answer=failure.answer[:_LONGEST_ANSWER],
    )


def after_success(state: EndpointState, now: datetime) -> EndpointState:
    """Return the state after a success. It tells of an outage that delayed several messages: they need not wait on."""
    began, well = state.failing_since, forgotten(state)
    if began is None or now - began < _OUTAGE or not state.shared_failures:
        return well
    goes_on = state.outage_since and state.recovered_at and began - state.recovered_at < _ONE_OUTAGE
    return replace(well, outage_since=state.outage_since if goes_on else began, recovered_at=now)


def forgotten(state: EndpointState) -> EndpointState:
    """Return the state of an endpoint that is well, as far as anybody knows, and has had this outage before."""
    return EndpointState(
        company_id=state.company_id,
        endpoint_id=state.endpoint_id,
        failed_at=state.failed_at,
        outage_since=state.outage_since,
        recovered_at=state.recovered_at,
    )


def was_in_the_last_outage(state: EndpointState, at: datetime) -> bool:
    """Whether the endpoint is well, and a message that failed then failed by an outage that is over."""
    if state.failing_since or not (state.outage_since and state.recovered_at):
        return False
    return state.outage_since <= at <= state.recovered_at


def is_to_be_disabled(state: EndpointState, now: datetime) -> bool:
    """Whether an endpoint has failed for too long: two days after its owner was informed, at the earliest."""
    return not state.disabled_at and now >= state.disabled_from(now)


def is_to_be_reported(state: EndpointState, now: datetime) -> bool:
    """Whether an endpoint's owner is to be informed that it fails."""
    since = state.failing_since
    return since is not None and not (state.reported_at or state.disabled_at) and now - since >= FAILING_AFTER
