"""What the CRM answers: the parts of it that functions read. Whatever else it says is ignored."""

from typing import Annotated

from pydantic import Field

from schemas.wire import (
    CompanyName,
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
    """Who booked, and how they are reached. Personal data: none of it is ever logged."""

    name: Annotated[Name, Personal("the reminder greets with it")]
    email: Annotated[EmailAddress | None, Personal("the reminder goes there")] = None
    phone: Annotated[PhoneNumber | None, Personal("the reminder goes there too")] = None
    locale: Locale = "en"


class Appointment(WireModel):
    """`GET /internal/appointments/{id}`: an appointment as it stands now."""

    id: Uuid
    company_id: Uuid
    company_name: CompanyName
    status: Annotated[str, Field(min_length=1, max_length=64), Impersonal("a word of the CRM's for a state")]
    """`cancelled`, or one of those that stand: booked, confirmed and what else the CRM may come to know."""

    customer: AppointmentCustomer
    service: Annotated[Name, Personal("what is reminded of; beside a customer it may tell of their health")]
    staff: Annotated[Name, Personal("the customer is told whom to ask for")]
    start_time: Timestamp
    end_time: Timestamp
    time_zone: TimeZone
    """Where the customer is: times are told in it."""

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.status == "cancelled"


class Admin(WireModel):
    """One of those who run a company's account. Personal data: none of it is ever logged."""

    id: Reference
    name: Annotated[Name, Personal("the mail greets with it")]
    email: Annotated[EmailAddress, Personal("the mail about a failed payment goes there")]
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"


class CompanyAdmins(WireModel):
    """`GET /internal/companies/{id}/admins`: a company, and who runs its account."""

    company_name: CompanyName
    admins: tuple[Admin, ...]


class WebhookEndpoint(WireModel):
    """A system of a company's that is told of events.

    Whether its address and secrets are any good is seen when it is told: one that was set up wrongly spoils no list.
    """

    id: Reference
    url: Annotated[str, Secret("where it listens: who set it up chose it, and it may hold a token")]
    secrets: Annotated[tuple[str, ...], Secret("webhooks are signed with them")] = ()
    """Each `whsec_` and base64 of 24 bytes or more (Standard Webhooks); two while one is replaced."""


class CompanyWebhooks(WireModel):
    """`GET /internal/companies/{id}/webhooks?event=…`: a company's endpoints that are subscribed to a type of event."""

    endpoints: tuple[WebhookEndpoint, ...]
