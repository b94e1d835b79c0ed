"""`@reaction` and `@job` make a Lambda handler of a function of one message."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Protocol

from lambdas.common.batch.decision import SIMPLY_SUCCEEDED, DoneDecision
from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.batch.loop import BatchResponse, process
from lambdas.common.budget import JOB_SHARE, Context
from lambdas.common.errors import Skip
from lambdas.common.runtime import Capability, Runtime, runtime
from schemas.decoding import decode
from schemas.event_type import Catalogue, EventType, Kind
from schemas.message import AnyMessage, Message, P
from schemas.problems import Refusal
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.planning import FollowUpPlan
    from lambdas.common.follow_ups import FollowUp


class Gate(Capability, Protocol):
    """Decides whether a message may run now, by what is known of its receiver: one read, before the job is recorded."""

    def admit(self, message: AnyMessage) -> None:
        """Let a message run that is due. Raises `Skip` or `NotNowError` where it may not."""

    def has_recovered(self, message: AnyMessage, since: datetime) -> bool:
        """Whether the receiver is well after a failure: a message that failed then need not wait any longer."""


class Handler(Generic[P]):
    """A type's handler. Lambda calls it; a test calls `decide`, the decorated function as it was written."""

    def __init__(
        self,
        event_type: EventType[P],
        decide: "Callable[..., Iterable[FollowUp] | None]",
        gate: type[Gate] | None = None,
    ) -> None:
        """Wrap `decide`. The annotations of its parameters after the message are the capabilities it needs."""
        self.event_type = event_type
        self.decide = decide
        self.gate = gate
        self.__doc__ = decide.__doc__
        _, *asked = (item for item in decide.__annotations__.items() if item[0] != "return")
        self.capabilities: dict[str, type[Capability]] = dict(asked)

    def __call__(self, event: SqsEvent, context: Context) -> BatchResponse:
        """Handle a batch, in the deployed function's runtime."""
        return self.process(event, context, runtime())

    def process(self, event: SqsEvent, context: Context, runtime: Runtime) -> BatchResponse:
        """Handle a batch in a given runtime."""
        return process(event, context, work=_TypedWork(self, runtime), runtime=runtime)


class _TypedWork:
    """The work of one type's function."""

    def __init__(self, handler: Handler[Any], runtime: Runtime) -> None:
        self._handler = handler
        self.event_type = handler.event_type
        self._runtime = runtime
        self._is_reaction = handler.event_type.kind is Kind.REACTION
        self.service = handler.event_type.name
        self.check_sender = None
        self.least_share = 0.0 if self._is_reaction else JOB_SHARE
        self.keeps_records = not self._is_reaction
        self.can_skip = handler.event_type.can_skip
        self._can_expire = handler.event_type.can_expire
        self.max_attempts = handler.event_type.max_attempts
        self.patience = handler.event_type.patience
        self.backoff = handler.event_type.backoff
        self.delivery_delays = handler.event_type.delivery_delays

    def read(self, body: str) -> AnyMessage | Refusal:
        return decode(body, self.event_type, catalogue=self._catalogue)

    def first_attempt(self, message: AnyMessage, failed: int) -> int:  # noqa: ARG002 `attempts` includes the failed ones
        return message.attempts

    def copy_body(self, body: str, attempts: int) -> str:
        from schemas.attempts import body_of_attempt  # most batches send no copy

        return body_of_attempt(body, attempts)

    def expired(self, message: AnyMessage) -> DoneDecision | None:
        """Decide that a message comes too late. A reaction decides itself what a mistake of the sender means."""
        from lambdas.common.batch import expiry  # most types' messages are never too late

        if self._is_reaction and expiry.was_late_when_sent(message):
            return None
        return expiry.expired(message, self._runtime.now())

    def has_recovered(self, message: AnyMessage, since: datetime) -> bool:
        gate = self._handler.gate
        return gate is not None and self._runtime.capability(gate).has_recovered(message, since)

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        if self._can_expire and (too_late := self.expired(message)):
            return too_late
        if self._is_reaction:
            return planned(self._decide(message) or (), message, body, self.event_type, self._runtime.now)
        if self._handler.gate:
            self._runtime.capability(self._handler.gate).admit(message)
        from lambdas.common.idempotency import IdempotentJob  # reactions do without it

        was_run = IdempotentJob(self.service, self._runtime).run(message, body, lambda: self._decide(message))
        return SIMPLY_SUCCEEDED if was_run else DoneDecision(Outcome.DUPLICATE)

    def _decide(self, message: AnyMessage) -> "Iterable[FollowUp] | None":
        handler = self._handler
        if not handler.capabilities:
            return handler.decide(message)
        asked = handler.capabilities.items()
        return handler.decide(message, **{name: self._runtime.capability(kind) for name, kind in asked})

    def _catalogue(self) -> Catalogue:
        from schemas.catalogue import BY_NAME  # the other types' contracts are needed for a misrouted message alone

        return {**BY_NAME, self.event_type.name: self.event_type}


def reaction(
    event_type: EventType[P],
) -> "Callable[[Callable[Concatenate[Message[P], ...], Iterable[FollowUp]]], Handler[P]]":
    """Make the handler of a reaction: a function of one message that returns follow-ups."""
    return lambda decide: Handler(event_type, decide)


def job(
    event_type: EventType[P], *, gate: type[Gate] | None = None
) -> Callable[[Callable[Concatenate[Message[P], ...], None]], Handler[P]]:
    """Make the handler of a job: a function of one message that does one side effect.

    Args:
        event_type: the job's type.
        gate: decides whether a message may run now; None where each may.
    """
    return lambda decide: Handler(event_type, decide, gate)


def planned(
    follow_ups: "Iterable[FollowUp]",
    parent: AnyMessage,
    body: str,
    event_type: EventType[Any],
    now: Callable[[], datetime],
) -> DoneDecision:
    """Collect a reaction's follow-ups; their ids are the same whenever the reaction runs again.

    A reaction that raises `Skip` is skipped; the follow-ups that it yielded before are carried out all the same.

    Raises:
        PermanentError: a follow-up is of a type that the reaction does not declare, or two have one id or one key.
    """
    plan: FollowUpPlan | None = None
    try:
        for follow_up in follow_ups:
            plan = plan or _plan(parent, body, event_type, now())
            plan.add(follow_up)
    except Skip as skip:
        return plan.done(Outcome.SKIPPED, skip) if plan else DoneDecision(Outcome.SKIPPED, skip=skip)
    return plan.done(Outcome.SUCCEEDED) if plan else SIMPLY_SUCCEEDED


def _plan(parent: AnyMessage, body: str, event_type: EventType[Any], now: datetime) -> "FollowUpPlan":
    from lambdas.common.batch.planning import FollowUpPlan  # it imports what sending needs

    return FollowUpPlan(parent, body, event_type, now)
