"""Bookings."""

from typing import Annotated

from pydantic import Field

from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind
from schemas.webhooks import WEBHOOK_FAN_OUT
from schemas.wire import (
    Channel,
    CompanyName,
    Count,
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
    """The customer who booked. Personal data: never logged."""

    name: Annotated[Name, Field(examples=["Ada Lovelace"]), Personal("greeting of the confirmation")]
    email: Annotated[EmailAddress, Personal("address of the confirmation")]
    phone: Annotated[PhoneNumber | None, Personal("lets subscribed systems reach the customer")] = None
    """Null where the customer gave none."""

    locale: Locale | None = "en"
    channels: tuple[Channel, ...] | None = None
    """By which channels the customer wants to hear; null: by all."""


class BookingCreated(Payload):
    """A customer booked a service. The CRM backend sends it; source of truth: the CRM's booking service."""

    booking_id: Uuid
    appointment_id: Uuid | None = None
    """The appointment that was booked, as later events name it: it names the calendar entry. Null: the booking's id."""

    appointment_version: Count | None = None
    """The CRM's version of the appointment, by which a calendar knows the latest file. Null: 0, the first."""

    company_name: CompanyName
    company_email: Annotated[EmailAddress | None, Personal("address that answers to the confirmation go to")] = None
    customer: Customer
    service: Annotated[
        Name, Field(examples=["Haircut"]), Personal("shown in the confirmation; can reveal a customer's health")
    ]
    """Name of the booked service, in the company's words."""

    staff: Annotated[Name, Field(examples=["Grace"]), Personal("shown in the confirmation")]
    """Name of the staff member who serves the customer."""

    start_time: Timestamp
    end_time: Annotated[Timestamp, Field(examples=["2030-04-15T14:45:00Z"])]
    time_zone: TimeZone
    """The customer's time zone; texts to the customer show times in it."""


BOOKING_CREATED = EventType(
    "booking.created",
    BookingCreated,
    Kind.REACTION,
    sent_by="the CRM backend",
    emits={EMAIL_SEND, ACTIVITY_RECORD, WEBHOOK_FAN_OUT},
    subject="bookingId",
)
