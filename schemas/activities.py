"""The CRM's activity log: what happened, for the company's people to see."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, Personal, Reference, Timestamp

Summary = Annotated[str, Field(min_length=1, max_length=500, examples=["Haircut with Grace"])]


class Activity(StrEnum):
    """What can have happened."""

    BOOKING_CREATED = "booking.created"
    PAYMENT_FAILED = "payment.failed"


class ActivityRecord(Payload):
    """Record one activity in the CRM."""

    activity: Activity
    subject_id: Reference
    """The booking, payment or report that it is about."""

    summary: Annotated[Summary, Personal("the company's people read it; it may name customers and staff")]
    """One line for people."""

    occurred_at: Timestamp


ACTIVITY_RECORD = EventType(
    "activity.record", ActivityRecord, Kind.JOB, sent_by="", needs={Needs.CRM}, batch_size=QUICK_JOBS
)
