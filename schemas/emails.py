"""Email, rendered from this repository's templates."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import (
    CompanyName,
    EmailAddress,
    HttpsUrl,
    Locale,
    Name,
    Payload,
    Personal,
    Reference,
    Secret,
    Timestamp,
    TimeZone,
    WireModel,
)


class Template(StrEnum):
    """The email templates: each is a folder in `lambdas/email_send/templates/`."""

    BOOKING_CONFIRMATION = "booking_confirmation"
    APPOINTMENT_REMINDER = "appointment_reminder"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    REPORT_READY = "report_ready"
    PAYMENT_FAILED = "payment_failed"
    WEBHOOK_FAILING = "webhook_failing"
    USER_INVITATION = "user_invitation"


class Recipient(WireModel):
    """The recipient of an email. Personal data: never logged."""

    email: Annotated[EmailAddress, Personal("address of the email")]
    name: Annotated[Name | None, Field(examples=["Ada Lovelace"]), Personal("greeting of the email")] = None
    """Null where the name is unknown: the email then greets without one."""

    locale: Locale | None = "en"
    time_zone: TimeZone | None = "UTC"
    """The recipient's time zone; the email shows times in it."""


_EXAMPLE_VALUES = {
    "service": "Haircut",
    "staff": "Grace",
    "startTime": "2030-04-15T14:00:00Z",
    "endTime": "2030-04-15T14:45:00Z",
}


class EmailSend(Payload):
    """Send one email to one recipient. Any service may send it, and several reactions emit it."""

    template: Template
    """The template to fill in."""

    to: Recipient
    company_name: CompanyName | None
    """The company in whose name the email is sent. Null where it is unknown: the email then has words for it."""

    values: Annotated[dict[str, JsonValue], Field(examples=[_EXAMPLE_VALUES]), Personal("content of the email")]
    """Values for the template, times as RFC 3339 text. A missing value is a permanent failure.

    Links go to hosts of the stage's list alone. With `appointmentId` the email carries the appointment's calendar file,
    whose SEQUENCE is `version`.
    """

    subject_id: Reference | None = None
    """Id of the booking, appointment, report, … that the email is about: named in the activity on what became of it."""

    reply_to: Annotated[EmailAddress | None, Personal("address that answers go to")] = None
    """Null: answers go to the sender, where nobody reads them."""

    unsubscribe_url: Annotated[HttpsUrl | None, Secret("lets its holder end such emails to the recipient")] = None
    """Ends such emails at one click, by a POST (RFC 8058). Mail programs show a button for it.

    Its host is one of the stage's list. One of more than 978 characters is too long for SES: there is no button then.
    """

    texted: bool = False
    """Whether the recipient gets a text as well. If not, a reminder that bounces is followed by one."""

    valid_until: Timestamp | None = None
    """When it is too late: the email is then skipped, not sent. Null: it is never too late."""

    def ends_at(self) -> datetime | None:
        """Return when it is too late to send the email."""
        return self.valid_until


EMAIL_SEND = EventType(
    "email.send",
    EmailSend,
    Kind.JOB,
    needs={Needs.EMAIL, Needs.SUPPRESSED, Needs.TEXTS},
    batch_size=QUICK_JOBS,
    patience=timedelta(hours=36),  # a later mail surprises more than it helps
    objective=timedelta(minutes=1),
)
