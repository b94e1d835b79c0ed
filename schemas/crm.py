"""Responses of the CRM: the fields that functions read. All other fields are ignored."""

from typing import Annotated

from pydantic import Field

from schemas.wire import (
    MAX_SAFE_INTEGER,
    CompanyName,
    Count,
    EmailAddress,
    Impersonal,
    Locale,
    Name,
    Personal,
    PhoneNumber,
    Reference,
    Secret,
    Timestamp,
    TimeZone,
    Uuid,
    WireModel,
)


class AppointmentCustomer(WireModel):
    """The customer of an appointment, with contact details. Personal data: never logged."""

    name: Annotated[Name, Personal("greeting of the reminder")]
    email: Annotated[EmailAddress | None, Personal("address of the reminder email")] = None
    phone: Annotated[PhoneNumber | None, Personal("number of the reminder SMS")] = None
    locale: Locale = "en"


class Appointment(WireModel):
    """`GET /internal/appointments/{id}`: the current state of an appointment."""

    id: Uuid
    company_id: Uuid
    company_name: CompanyName
    status: Annotated[str, Field(min_length=1, max_length=64), Impersonal("a status of the CRM")]
    """`cancelled`, or any other status (booked, confirmed, …): the appointment takes place."""

    customer: AppointmentCustomer
    service: Annotated[Name, Personal("shown in the reminder; can reveal a customer's health")]
    staff: Annotated[Name, Personal("shown in the reminder")]
    start_time: Timestamp
    end_time: Timestamp
    time_zone: TimeZone
    """The customer's time zone; reminders show times in it."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the appointment was cancelled."""
        return self.status == "cancelled"


class Admin(WireModel):
    """An administrator of a company's account. Personal data: never logged."""

    id: Reference
    name: Annotated[Name, Personal("greeting of the email")]
    email: Annotated[EmailAddress, Personal("address of the email about a failed payment")]
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"


class CompanyAdmins(WireModel):
    """`GET /internal/companies/{id}/admins`: a company's name and administrators."""

    company_name: CompanyName
    admins: tuple[Admin, ...]


class PaymentState(WireModel):
    """`GET /internal/payments/{id}`: the current state of a payment. What the CRM does not know, it leaves out."""

    status: Annotated[str | None, Impersonal("a status of the CRM")] = None
    """`paid`, or any other status (open, void, …): the payment is still owed, or the status is unknown."""

    retries: Annotated[Count | None, Field(lt=MAX_SAFE_INTEGER)] = None
    """How many retries of this system the CRM has made, declined ones included; each counts from its start on."""

    @property
    def is_paid(self) -> bool:
        """Whether the payment was made."""
        return self.status == "paid"


class WebhookEndpoint(WireModel):
    """A company's endpoint that receives webhooks.

    Address and secrets are checked at delivery, so that one bad endpoint does not make the whole list unreadable.
    """

    id: Reference
    url: Annotated[str, Secret("address of the endpoint; may contain a token")]
    secrets: Annotated[tuple[str, ...], Secret("signing keys of webhooks")] = ()
    """Each is `whsec_` and base64 of at least 24 bytes (Standard Webhooks); there are two during a rotation."""


class CompanyWebhooks(WireModel):
    """`GET /internal/companies/{id}/webhooks?event=…`: a company's endpoints that subscribe to an event type."""

    endpoints: tuple[WebhookEndpoint, ...]
