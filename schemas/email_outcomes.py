"""Outcomes of emails: delivered, bounced, or marked as spam."""

from enum import StrEnum
from typing import Annotated

from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.contacts import CONTACT_EMAIL_STATUS
from schemas.emails import Template
from schemas.event_type import EventType, Kind
from schemas.message import MessageId
from schemas.suppression import EMAIL_SUPPRESSION
from schemas.wire import EmailAddress, OwnWords, Payload, Personal, Reference, Timestamp


class _EmailOutcome(Payload):
    """Fields of an email's outcome."""

    message_id: MessageId
    """Id of the `email.send` that sent it."""

    template: Template
    email: Annotated[EmailAddress, Personal("address of the email")]
    subject_id: Reference | None = None
    """Id of the booking, appointment, report, … that the email is about."""

    occurred_at: Timestamp
    """When it happened, by Amazon SES."""


class EmailDelivered(_EmailOutcome):
    """The recipient's mail server took the email. `ses.event` emits it."""


class BounceKind(StrEnum):
    """Whether an address can get mail later."""

    HARD = "hard"
    """No mail will reach it."""

    SOFT = "soft"
    """This mail did not reach it; a later one may."""


class EmailBounced(_EmailOutcome):
    """The email did not reach its recipient. `ses.event` emits it."""

    kind: BounceKind
    reason: OwnWords
    """Why, in this system's words."""

    texted: bool
    """Whether the recipient got a text as well."""

    valid_until: Timestamp | None = None
    """When it was too late for the email: a reminder's is the appointment's start."""


class EmailComplained(_EmailOutcome):
    """The recipient marked the email as spam. `ses.event` emits it."""


EMAIL_DELIVERED = EventType("email.delivered", EmailDelivered, Kind.REACTION, sent_by="", emits={ACTIVITY_RECORD})

EMAIL_BOUNCED = EventType(
    "email.bounced",
    EmailBounced,
    Kind.REACTION,
    sent_by="",
    emits={ACTIVITY_RECORD, CONTACT_EMAIL_STATUS, EMAIL_SUPPRESSION, APPOINTMENT_REMINDER},
)

EMAIL_COMPLAINED = EventType(
    "email.complained",
    EmailComplained,
    Kind.REACTION,
    sent_by="",
    emits={ACTIVITY_RECORD, CONTACT_EMAIL_STATUS, EMAIL_SUPPRESSION},
)
