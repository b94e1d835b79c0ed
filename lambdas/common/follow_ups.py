"""What a reaction wants to happen next, as data; the shared layer carries it out."""

from datetime import datetime
from typing import Any, NamedTuple

from schemas.event_type import EventType
from schemas.wire import Payload


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
