"""A reaction's follow-ups as data: what to emit, schedule or cancel, and what was left out. The shared layer acts."""

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


class LeftOut(NamedTuple):
    """Say in the log line what the reaction could not serve. The others are served all the same."""

    sentence: str
    """Place and problem, never a value: `admins[0].email: must be an email address, found a string of 3 characters`."""


FollowUp = Emit | Schedule | Unschedule | LeftOut
