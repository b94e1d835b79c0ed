"""Every type there is. A new one is one line here, its contract beside this file and its handler's folder."""

from typing import Any

from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType

CATALOGUE: tuple[EventType[Any], ...] = (
    BOOKING_CREATED,
    EMAIL_SEND,
    ACTIVITY_RECORD,
)

BY_NAME = {event_type.name: event_type for event_type in CATALOGUE}
