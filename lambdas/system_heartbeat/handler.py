"""A sign of life."""

from collections.abc import Iterator

from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.system import SYSTEM_HEARTBEAT, Heartbeat


@reaction(SYSTEM_HEARTBEAT)
def handler(_heartbeat: Message[Heartbeat]) -> Iterator[FollowUp]:
    """Lead to nothing: that it came all the way is what is to be known."""
    yield from ()
