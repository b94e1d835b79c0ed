"""Bookings: a customer takes a service at a time."""

from typing import Annotated

from pydantic import Field

from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.event_type import Backoff, EventType, Kind, Needs
from schemas.webhooks import WEBHOOK_DELIVER
from schemas.wire import (
    CompanyName,
    EmailAddress,
    Locale,
    Name,
    Payload,
    Personal,
    PhoneNumber,
    Timestamp,
    TimeZone,
    Uuid,
    WireModel,
)


class Customer(WireModel):
    """Who booked. Personal data: none of it is ever logged."""

    name: Annotated[Name, Field(examples=["Ada Lovelace"]), Personal("the confirmation greets with it")]
    email: Annotated[EmailAddress, Personal("the confirmation goes there")]
    phone: Annotated[PhoneNumber, Personal("subscribed systems reach the customer by it")]
    locale: Locale = "en"


class BookingCreated(Payload):
    """A customer booked. Source of truth: the CRM's booking service."""

    booking_id: Uuid
    company_name: CompanyName
    customer: Customer
    service: Annotated[
        Name, Field(examples=["Haircut"]), Personal("what is confirmed; beside a customer it may tell of their health")
    ]
    """What was booked, in the company's words."""

    staff: Annotated[Name, Field(examples=["Grace"]), Personal("the customer is told whom to ask for")]
    """With whom."""

    start_time: Timestamp
    end_time: Annotated[Timestamp, Field(examples=["2030-04-15T14:45:00Z"])]
    time_zone: TimeZone
    """Where the customer is: times are told in it."""


BOOKING_CREATED = EventType(
    "booking.created",
    BookingCreated,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM},
    emits={EMAIL_SEND, ACTIVITY_RECORD, WEBHOOK_DELIVER},
    # A customer waits for the confirmation: a CRM that is away for a minute must not cost it.
    max_attempts=5,
    backoff=Backoff(base=5),
)
