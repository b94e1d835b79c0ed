"""Every type there is. A new one is one line here, its contract beside this file and its handler's folder."""

from typing import Any

from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
)
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reports import REPORT_GENERATE, REPORT_GENERATED, REPORT_READY
from schemas.sms import SMS_SEND
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED
from schemas.system import SYSTEM_DEAD_LETTERED, SYSTEM_HEARTBEAT
from schemas.users import USER_INVITED
from schemas.webhooks import WEBHOOK_DELIVER

CATALOGUE: tuple[EventType[Any], ...] = (
    APPOINTMENT_CREATED,
    APPOINTMENT_RESCHEDULED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_REMINDER,
    BOOKING_CREATED,
    REPORT_GENERATED,
    REPORT_READY,
    STRIPE_INVOICE_PAYMENT_FAILED,
    PAYMENT_FAILED,
    USER_INVITED,
    SYSTEM_HEARTBEAT,
    EMAIL_SEND,
    SMS_SEND,
    WEBHOOK_DELIVER,
    ACTIVITY_RECORD,
    PAYMENT_RETRY,
    REPORT_GENERATE,
)
"""What has a function of its own, and may come in by the ingress queue."""

ALERTS: tuple[EventType[Any], ...] = (SYSTEM_DEAD_LETTERED,)
"""What the system itself puts on the bus to tell people, and nobody else."""

ALL_TYPES = (*CATALOGUE, *ALERTS)
"""All that is said on the bus: what has a published contract."""

BY_NAME = {event_type.name: event_type for event_type in CATALOGUE}
ALL_BY_NAME = {event_type.name: event_type for event_type in ALL_TYPES}

OUR_OWN = frozenset(name for name in ALL_BY_NAME if name.startswith("system."))
"""Names of what the system tells people, and itself: no producer's to say, and of no use afterwards."""
