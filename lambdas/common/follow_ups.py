"""A reaction's follow-ups as data: what to emit, schedule, cancel, and say in the log. The shared layer acts."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas.event_type import EventType
from schemas.wire import Payload

AT_ONCE = timedelta(seconds=60)
"""A follow-up that is due sooner is published: EventBridge Scheduler works by the minute, and refuses past times."""


class Cause(NamedTuple):
    """An earlier message that a reaction's event is about, such as the job that sent the mail which SES reports on."""

    type: str
    id: str
    correlation_id: str


class Emit(NamedTuple):
    """Put a message on the bus."""

    event_type: EventType[Any]
    payload: Payload
    discriminator: str = ""
    """Distinguishes several follow-ups of one type: the id of the recipient or endpoint."""

    cause: Cause | None = None
    """The message's cause, where that is not the event: it continues that chain, and reports of one fact have one
    id, however often and in whatever form the event comes."""


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


class Note(NamedTuple):
    """Say in the log line what the event says. `trace` shows it."""

    sentence: str
    """In this system's own words, without values: `bounced: the mailbox is unknown`."""


FollowUp = Emit | Schedule | Unschedule | LeftOut | Note
