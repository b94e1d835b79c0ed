"""News about a person's address or number, of which the CRM is informed."""

from enum import StrEnum
from typing import Annotated

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import EmailAddress, OwnWords, Payload, Personal, PhoneNumber, Timestamp


class EmailStatus(StrEnum):
    """The reason why a company no longer writes to an email address."""

    BOUNCED = "bounced"
    """No mail reaches it: the mailbox does not exist, or refuses for good."""

    COMPLAINED = "complained"
    """Its owner marked a mail as spam."""


class ContactEmailStatus(Payload):
    """Report to the CRM that a company's mails to an address do not reach it, or are not wanted."""

    email: Annotated[EmailAddress, Personal("address by which the CRM finds the contact")]
    status: EmailStatus
    reason: OwnWords
    """Why, in this system's words."""

    occurred_at: Timestamp
    """When it happened: of two reports, the CRM keeps the later one."""


class ContactSmsStatus(Payload):
    """Report to the CRM that a phone number opted out of texts. `sms.send` emits it, with the time when SNS said so.

    All texts to one number lead to one message: nothing in it differs, and the CRM is called once in 30 days.
    """

    phone: Annotated[PhoneNumber, Personal("number by which the CRM finds the contact")]


CONTACT_EMAIL_STATUS = EventType(
    "contact.email_status", ContactEmailStatus, Kind.JOB, sent_by="", needs={Needs.CRM}, batch_size=QUICK_JOBS
)

CONTACT_SMS_STATUS = EventType(
    "contact.sms_status", ContactSmsStatus, Kind.JOB, sent_by="", needs={Needs.CRM}, batch_size=QUICK_JOBS
)
