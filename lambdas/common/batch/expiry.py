"""Messages that come too late: the time until which they make sense is over, such as an appointment's start."""

from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.errors import Expired
from lambdas.common.runtime import Runtime
from schemas.destinations import ROUTES
from schemas.message import AnyMessage
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from lambdas.common.batch.history import MessageHistory


def expired(message: AnyMessage, now: datetime) -> DoneDecision | None:
    """Decide that a message whose time is over is skipped; None: its time is not over, or it has none."""
    ends_at = message.payload.ends_at()
    return DoneDecision(Outcome.SKIPPED, skip=Expired(ends_at)) if ends_at and ends_at <= now else None


def was_late_when_sent(message: AnyMessage) -> bool:
    """Whether a message's time was over before what it reports happened: no wait made it late, its sender did."""
    ends_at = message.payload.ends_at()
    return ends_at is not None and ends_at <= message.timestamp


def note_wait(history: "MessageHistory", runtime: Runtime) -> None:
    """Count a message that waited until its time was over at the destination that it waited for last.

    The destination's first route has the count: the card is about the destination.
    """
    waited_for = [wait.destination for wait in history.waits if wait.destination]
    route = next((route for route in ROUTES if waited_for and route.destination == waited_for[-1]), None)
    if route:
        from lambdas.common.availability.health import Health  # few messages come too late

        runtime.capability(Health).expired(route)
