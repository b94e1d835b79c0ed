"""The heartbeat, sent each minute."""

from collections.abc import Iterator

from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.system import SYSTEM_HEARTBEAT, Heartbeat


class DrillError(PermanentError):
    """A drill: a failure on purpose, of which nothing has to be kept."""

    remedy = Remedy.DISCARD


@reaction(SYSTEM_HEARTBEAT)
def handler(heartbeat: Message[Heartbeat]) -> Iterator[FollowUp]:
    """Emit nothing: a heartbeat that arrives has passed every part. A drill fails, to test that alerts arrive."""
    if heartbeat.payload.drill:
        raise DrillError("a drill: it fails on purpose")
    yield from ()
