"""A sign of life."""

from collections.abc import Iterator

from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.system import SYSTEM_HEARTBEAT, Heartbeat


class DrillError(PermanentError):
    """Nothing is the matter."""


@reaction(SYSTEM_HEARTBEAT)
def handler(heartbeat: Message[Heartbeat]) -> Iterator[FollowUp]:
    """Lead to nothing: that it came all the way is what is to be known. A drill fails, to see that people are told."""
    if heartbeat.payload.drill:
        raise DrillError("a drill: it fails on purpose")
    yield from ()
