"""A reaction's follow-ups as data: what to emit, schedule or cancel. The shared layer carries them out."""

from datetime import datetime
from typing import Any, NamedTuple

from schemas.event_type import EventType
from schemas.wire import Payload


class Emit(NamedTuple):
    """Put a message on the bus."""

    event_type: EventType[Any]
    payload: Payload
    discriminator: str = ""
    """Distinguishes several follow-ups of one type: the id of the recipient or endpoint."""


class Schedule(NamedTuple):
    """Schedule a message for a given time. One key has one schedule: a later one replaces the earlier."""

    event_type: EventType[Any]
    payload: Payload
    at: datetime
    key: str
    """Business key of the schedule, such as `reminder/{company}/{appointment}/24h`."""


class Unschedule(NamedTuple):
    """Cancel the schedule of a key, if there is one."""

    key: str


FollowUp = Emit | Schedule | Unschedule
