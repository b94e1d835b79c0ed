"""Messages that come too late: the time until which they make sense is over, such as an appointment's start."""

from datetime import datetime

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.errors import Expired
from schemas.message import AnyMessage
from schemas.reasons import Outcome


def expired(message: AnyMessage, now: datetime) -> DoneDecision | None:
    """Decide that a message whose time is over is skipped; None: its time is not over, or it has none."""
    ends_at = message.payload.ends_at()
    return DoneDecision(Outcome.SKIPPED, skip=Expired(ends_at)) if ends_at and ends_at <= now else None


def was_late_when_sent(message: AnyMessage) -> bool:
    """Whether a message's time was over before what it reports happened: no wait made it late, its sender did."""
    ends_at = message.payload.ends_at()
    return ends_at is not None and ends_at <= message.timestamp
