"""Every type there is. A new one is one line here, its contract beside this file and its handler's folder."""

from typing import Any

from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reports import REPORT_READY
from schemas.sms import SMS_SEND
from schemas.users import USER_INVITED

CATALOGUE: tuple[EventType[Any], ...] = (
    APPOINTMENT_REMINDER,
    BOOKING_CREATED,
    REPORT_READY,
    PAYMENT_FAILED,
    USER_INVITED,
    EMAIL_SEND,
    SMS_SEND,
    ACTIVITY_RECORD,
    PAYMENT_RETRY,
)

BY_NAME = {event_type.name: event_type for event_type in CATALOGUE}
