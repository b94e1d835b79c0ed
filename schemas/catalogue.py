"""The catalogue of event types. A new type takes a line here, a contract in this folder and a handler's folder."""

from typing import Any

from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
)
from schemas.bookings import BOOKING_CREATED
from schemas.contacts import CONTACT_EMAIL_STATUS, CONTACT_SMS_STATUS
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reports import REPORT_GENERATE, REPORT_GENERATED, REPORT_READY
from schemas.ses import SES_EVENT
from schemas.sms import SMS_SEND
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED
from schemas.suppression import EMAIL_SUPPRESSION
from schemas.system import SYSTEM_DEAD_LETTERED, SYSTEM_DEAD_LETTERS_EXPIRING, SYSTEM_HEARTBEAT
from schemas.users import USER_INVITED
from schemas.webhooks import (
    WEBHOOK_DELIVER,
    WEBHOOK_ENDPOINT_DISABLED,
    WEBHOOK_ENDPOINT_FAILING,
    WEBHOOK_FAN_OUT,
)

CATALOGUE: tuple[EventType[Any], ...] = (
    APPOINTMENT_CREATED,
    APPOINTMENT_RESCHEDULED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_REMINDER,
    BOOKING_CREATED,
    WEBHOOK_FAN_OUT,
    WEBHOOK_ENDPOINT_FAILING,
    REPORT_GENERATED,
    REPORT_READY,
    STRIPE_INVOICE_PAYMENT_FAILED,
    PAYMENT_FAILED,
    USER_INVITED,
    SES_EVENT,
    EMAIL_DELIVERED,
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    SYSTEM_HEARTBEAT,
    EMAIL_SEND,
    SMS_SEND,
    WEBHOOK_DELIVER,
    WEBHOOK_ENDPOINT_DISABLED,
    ACTIVITY_RECORD,
    CONTACT_EMAIL_STATUS,
    CONTACT_SMS_STATUS,
    EMAIL_SUPPRESSION,
    PAYMENT_RETRY,
    REPORT_GENERATE,
)
"""Types with a function each; the ingress queue accepts them."""

ALERTS: tuple[EventType[Any], ...] = (SYSTEM_DEAD_LETTERED, SYSTEM_DEAD_LETTERS_EXPIRING)
"""Types that only this system publishes, to notify operators."""

ALL_TYPES = (*CATALOGUE, *ALERTS)
"""All types on the bus; each has a published contract."""

BY_NAME = {event_type.name: event_type for event_type in CATALOGUE}
ALL_BY_NAME = {event_type.name: event_type for event_type in ALL_TYPES}

SYSTEM_TYPES = frozenset(name for name in ALL_BY_NAME if name.startswith("system."))
"""Names of this system's types (alerts, heartbeat): no producer may publish them, and a replay leaves them out."""
