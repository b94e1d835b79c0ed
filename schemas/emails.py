"""Email, sent by our own templates."""

from enum import StrEnum

from pydantic import JsonValue

from schemas.event_type import EventType, Kind, Needs
from schemas.wire import EmailAddress, Locale, Name, Payload, TimeZone, WireModel


class Template(StrEnum):
    """The mails there are: each is a folder under `lambdas/email_send/templates/`."""

    BOOKING_CONFIRMATION = "booking_confirmation"


class Recipient(WireModel):
    """To whom a mail goes. Personal data: none of it is ever logged."""

    email: EmailAddress
    name: Name
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"
    """The times in the mail are told in it."""


class EmailSend(Payload):
    """Send one email to one recipient."""

    template: Template
    to: Recipient
    company_name: Name
    """In whose name it is sent."""

    values: dict[str, JsonValue]
    """What the template names; one that it names and that is missing is a permanent failure. Times as on the wire."""


EMAIL_SEND = EventType("email.send", EmailSend, Kind.JOB, needs={Needs.EMAIL})
