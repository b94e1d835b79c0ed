"""Entries of the CRM's activity log, which a company's staff read."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, Personal, Reference, Timestamp

Summary = Annotated[str, Field(min_length=1, max_length=500, examples=["Haircut with Grace"])]


class Activity(StrEnum):
    """The kinds of activity."""

    BOOKING_CREATED = "booking.created"
    EMAIL_DELIVERED = "email.delivered"
    EMAIL_BOUNCED = "email.bounced"
    EMAIL_COMPLAINED = "email.complained"
    PAYMENT_FAILED = "payment.failed"
    WEBHOOK_ENDPOINT_FAILING = "webhook.endpoint_failing"


class ActivityRecord(Payload):
    """Add one entry to a company's activity log in the CRM. Reactions emit it; no service sends it."""

    activity: Activity
    """What happened."""

    subject_id: Reference
    """Id of the booking, appointment, payment, webhook endpoint, … that the entry is about."""

    summary: Annotated[Summary, Personal("shown to the company's staff; may name customers and staff")]
    """The entry's text: one line."""

    occurred_at: Timestamp
    """When it happened."""


ACTIVITY_RECORD = EventType(
    "activity.record", ActivityRecord, Kind.JOB, sent_by="", needs={Needs.CRM}, batch_size=QUICK_JOBS
)
