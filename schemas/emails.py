"""Email, sent by our own templates."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import CompanyName, EmailAddress, Locale, Name, Payload, Personal, TimeZone, WireModel


class Template(StrEnum):
    """The mails there are: each is a folder under `lambdas/email_send/templates/`."""

    BOOKING_CONFIRMATION = "booking_confirmation"
    APPOINTMENT_REMINDER = "appointment_reminder"
    REPORT_READY = "report_ready"
    PAYMENT_FAILED = "payment_failed"
    USER_INVITATION = "user_invitation"


class Recipient(WireModel):
    """To whom a mail goes. Personal data: none of it is ever logged."""

    email: Annotated[EmailAddress, Personal("the mail goes there")]
    name: Annotated[Name | None, Field(examples=["Ada Lovelace"]), Personal("the mail greets with it")] = None
    """None where nobody knows it: the mail then greets without a name."""

    locale: Locale = "en"
    time_zone: TimeZone = "UTC"
    """The times in the mail are told in it."""


_EXAMPLE_VALUES = {
    "service": "Haircut",
    "staff": "Grace",
    "startTime": "2030-04-15T14:00:00Z",
    "endTime": "2030-04-15T14:45:00Z",
}
"""Of a booking confirmation."""


class EmailSend(Payload):
    """Send one email to one recipient."""

    template: Template
    to: Recipient
    company_name: CompanyName
    """In whose name it is sent."""

    values: Annotated[
        dict[str, JsonValue], Field(examples=[_EXAMPLE_VALUES]), Personal("what the mail says, whatever that is")
    ]
    """What the template names; one that it names and that is missing is a permanent failure. Times as on the wire."""


EMAIL_SEND = EventType(
    "email.send",
    EmailSend,
    Kind.JOB,
    needs={Needs.EMAIL, Needs.TEXTS},
    batch_size=QUICK_JOBS,
    objective=timedelta(minutes=1),
)
