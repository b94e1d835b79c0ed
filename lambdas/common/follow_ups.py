"""What a reaction wants to happen next, as data; the shared layer carries it out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.common.batch.delivery import Done
from lambdas.common.errors import Skip
from schemas.event_type import EventType
from schemas.message import AnyMessage
from schemas.reasons import Outcome
from schemas.wire import Payload

if TYPE_CHECKING:
    from lambdas.common.batch.planning import Plan


class Emit(NamedTuple):
    """Put a message on the bus."""

    event_type: EventType[Any]
    payload: Payload
    discriminator: str = ""
    """Tells apart follow-ups of one type: the recipient's or endpoint's id."""


class Schedule(NamedTuple):
    """Let a message come in at a time. One key has one schedule: a later one takes the place of an earlier."""

    event_type: EventType[Any]
    payload: Payload
    at: datetime
    key: str
    """The business's own name for it, such as `reminder/{appointment}/24h`."""


class Unschedule(NamedTuple):
    """Call off what stands under a key, if anything does."""

    key: str


FollowUp = Emit | Schedule | Unschedule

_NOTHING_FOLLOWS = Done(Outcome.SUCCEEDED)


def planned(
    follow_ups: Iterable[FollowUp], parent: AnyMessage, event_type: EventType[Any], now: Callable[[], datetime]
) -> Done:
    """What a reaction's follow-ups come to; run again, it gives the messages the same ids.

    A reaction that raises `Skip` in the end is skipped; what it yielded until then is carried out all the same.

    Raises:
        PermanentError: the reaction emits or schedules what its type does not declare, or names two follow-ups alike.
    """
    plan: Plan | None = None
    try:
        for follow_up in follow_ups:
            plan = plan or _plan(parent, event_type, now())
            plan.add(follow_up)
    except Skip as skip:
        return plan.done(Outcome.SKIPPED, skip) if plan else Done(Outcome.SKIPPED, why=skip)
    return plan.done(Outcome.SUCCEEDED) if plan else _NOTHING_FOLLOWS


def _plan(parent: AnyMessage, event_type: EventType[Any], now: datetime) -> "Plan":
    from lambdas.common.batch.planning import Plan  # noqa: PLC0415 much of it is for what goes out to AWS

    return Plan(parent, event_type, now)
