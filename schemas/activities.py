"""The CRM's activity log: what happened, for the company's people to see."""

from enum import StrEnum

from schemas.event_type import EventType, Kind, Needs
from schemas.wire import Name, Payload, Timestamp, Uuid


class Activity(StrEnum):
    """What can have happened."""

    BOOKING_CREATED = "booking.created"


class ActivityRecord(Payload):
    """Record one activity in the CRM."""

    activity: Activity
    subject_id: Uuid
    """The booking, invoice or report that it is about."""

    summary: Name
    """One line for people."""

    occurred_at: Timestamp


ACTIVITY_RECORD = EventType("activity.record", ActivityRecord, Kind.JOB, needs={Needs.CRM})
