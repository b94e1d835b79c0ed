"""`@reaction` and `@job`: what makes a handler of a function of one message."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, Generic

from lambdas.common.batch.delivery import DoneDecision
from lambdas.common.batch.loop import BatchResponse, process
from lambdas.common.batch.record import SqsEvent
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


class Handler(Generic[P]):
    """A deployed function of one type. Lambda calls it; a test calls `decide`.

    `decide(message, **capabilities)` is the decorated function as it was written.
    """

    def __init__(self, event_type: EventType[P], decide: "Callable[..., Iterable[FollowUp] | None]") -> None:
        """Wrap `decide`, whose parameters after the message are annotated with what it needs."""
        self.event_type = event_type
        self.decide = decide
        self.__doc__ = decide.__doc__
        _, *asked = (item for item in decide.__annotations__.items() if item[0] != "return")
        self.capabilities: dict[str, type[Capability]] = dict(asked)

    def __call__(self, event: SqsEvent, context: Context) -> BatchResponse:
        """Handle a batch of Lambda's."""
        return self.process(event, context, runtime())

    def process(self, event: SqsEvent, context: Context, world: Runtime) -> BatchResponse:
        """Handle a batch in a given world."""
        return process(event, context, work=_TypedWork(self, world), runtime=world)


class _TypedWork:
    """One type's part in the shared loop."""

    def __init__(self, handler: Handler[Any], world: Runtime) -> None:
        self._handler = handler
        self._event_type = handler.event_type
        self._world = world
        self._reacts = handler.event_type.kind is Kind.REACTION
        self.service = handler.event_type.name
        self.shares_batches = handler.event_type.batch_size > 1
        self.least_share = 0.0 if self._reacts else JOB_SHARE
        self.max_attempts = handler.event_type.max_attempts
        self.backoff = handler.event_type.backoff

    def read(self, body: str) -> AnyMessage | Refusal:
        return decode(body, self._event_type, catalogue=self._catalogue)

    def first_attempt(self, message: AnyMessage, failed: int) -> int:  # noqa: ARG002 the body says it
        return message.attempts

    def copy_body(self, body: str, attempts: int) -> str:
        from schemas.attempts import body_of_attempt  # most batches send no copy

        return body_of_attempt(body, attempts)

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        if self._reacts:
            return planned(self._decide(message) or (), message, self._event_type, self._world.now)
        from lambdas.common.idempotency import IdempotentJob  # a reaction needs none of it

        was_run = IdempotentJob(self.service, self._world).run(message, body, lambda: self._decide(message))
        return DoneDecision(Outcome.SUCCEEDED if was_run else Outcome.DUPLICATE)

    def _decide(self, message: AnyMessage) -> "Iterable[FollowUp] | None":
        handler = self._handler
        if not handler.capabilities:
            return handler.decide(message)
        asked = handler.capabilities.items()
        return handler.decide(message, **{name: self._world.capability(kind) for name, kind in asked})

    def _catalogue(self) -> Catalogue:
        from schemas.catalogue import BY_NAME  # a function imports the others' contracts for a misfit alone

        return {**BY_NAME, self._event_type.name: self._event_type}


def reaction(
    event_type: EventType[P],
) -> "Callable[[Callable[Concatenate[Message[P], ...], Iterable[FollowUp]]], Handler[P]]":
    """Make a reaction's handler: a function of one message that gives back follow-ups."""
    return lambda decide: Handler(event_type, decide)


def job(event_type: EventType[P]) -> Callable[[Callable[Concatenate[Message[P], ...], None]], Handler[P]]:
    """Make a job's handler: a function of one message that does one side effect."""
    return lambda decide: Handler(event_type, decide)


_NOTHING_FOLLOWS = DoneDecision(Outcome.SUCCEEDED)


def planned(
    follow_ups: "Iterable[FollowUp]", parent: AnyMessage, event_type: EventType[Any], now: Callable[[], datetime]
) -> DoneDecision:
    """What a reaction's follow-ups come to; run again, it gives the messages the same ids.

    A reaction that raises `Skip` in the end is skipped; what it yielded until then is carried out all the same.

    Raises:
        PermanentError: the reaction emits or schedules what its type does not declare, or names two follow-ups alike.
    """
    plan: FollowUpPlan | None = None
    try:
        for follow_up in follow_ups:
            plan = plan or _plan(parent, event_type, now())
            plan.add(follow_up)
    except Skip as skip:
        return plan.done(Outcome.SKIPPED, skip) if plan else DoneDecision(Outcome.SKIPPED, why=skip)
    return plan.done(Outcome.SUCCEEDED) if plan else _NOTHING_FOLLOWS


def _plan(parent: AnyMessage, event_type: EventType[Any], now: datetime) -> "FollowUpPlan":
    from lambdas.common.batch.planning import FollowUpPlan  # much of it is for what goes out to AWS

    return FollowUpPlan(parent, event_type, now)
