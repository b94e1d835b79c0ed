"""Amazon SES's events about sent mails, unchanged; the models name only the fields that the reaction reads.

Source: SES Developer Guide, "Contents of event data that Amazon SES publishes to EventBridge".
"""

from typing import Annotated

from pydantic import Field

from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.event_type import EventType, Kind
from schemas.wire import COUNTED_FIRST, Impersonal, Payload, Personal, Timestamp, WireModel

SesCode = Annotated[str, Impersonal("one of SES's codes")]
"""A code of SES's, which adds new ones at any time."""

TagValues = Annotated[
    tuple[Annotated[str, Impersonal("an id or a template's name")], ...], Field(max_length=50), COUNTED_FIRST
]
"""The values of one message tag: SES's events have a list for each."""


class SesTags(WireModel):
    """The message tags that `email.send` gives a mail (`schemas/mail_tags.py`), among SES's own."""

    company: TagValues = ()
    message: TagValues = ()
    correlation: TagValues = ()
    template: TagValues = ()
    subject: TagValues = ()
    texted: TagValues = ()
    until: TagValues = ()


class SesBounce(WireModel):
    """The field `bounce` of an event."""

    bounce_type: SesCode
    """`Permanent`, `Transient` or `Undetermined`."""

    bounce_sub_type: SesCode | None = None
    timestamp: Timestamp


class SesComplaint(WireModel):
    """The field `complaint` of an event."""

    complaint_sub_type: SesCode | None = None
    """`OnAccountSuppressionList`: SES did not send the mail, since the recipient complained about an earlier one."""

    complaint_feedback_type: SesCode | None = None
    """The kind of feedback, as the recipient's mail provider names it: `abuse`, `not-spam`, …"""

    timestamp: Timestamp


class SesDelivery(WireModel):
    """The field `delivery` of an event."""

    timestamp: Timestamp


class SesMail(WireModel):
    """The mail that an event is about."""

    timestamp: Timestamp
    """When SES accepted the mail."""

    destination: Annotated[
        tuple[Annotated[str, Personal("address of the mail")], ...], Field(min_length=1, max_length=50), COUNTED_FIRST
    ]
    """The recipients that the mail was sent to. A bounce can name another address, which theirs forwards to."""

    tags: SesTags = SesTags()


class SesEventBody(WireModel):
    """SES's event: `detail` of the event on EventBridge's default bus."""

    event_type: SesCode
    """`Delivery`, `Bounce`, `Complaint`, `Reject`, or one that says nothing about the mail's outcome."""

    mail: SesMail
    bounce: SesBounce | None = None
    complaint: SesComplaint | None = None
    delivery: SesDelivery | None = None


_EXAMPLE_EVENT = {
    "eventType": "Delivery",
    "mail": {
        "timestamp": "2030-04-14T14:00:00.000Z",
        "source": "no-reply@mail.taly.dev",
        "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": ["ada@example.com"],
        "tags": {
            "ses:configuration-set": ["taly-prod"],
            "company": ["0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"],
            "message": ["NWYwYzdhMWUtNmQ1Mi00YzBiLThhNzctM2M5ZDViMWUyZjQw"],
            "correlation": ["NWYwYzdhMWUtNmQ1Mi00YzBiLThhNzctM2M5ZDViMWUyZjQw"],
            "template": ["booking_confirmation"],
        },
    },
    "delivery": {
        "timestamp": "2030-04-14T14:00:02.133Z",
        "processingTimeMillis": 2133,
        "recipients": ["ada@example.com"],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.example.com",
    },
}


class SesEvent(Payload):
    """Amazon SES reports what became of a mail. A rule on the account's default bus sends it; source of truth: SES.

    SES may report twice, late and in any order.
    """

    ses_event: Annotated[
        SesEventBody,
        Field(examples=[_EXAMPLE_EVENT]),
        Personal("SES's event with the recipient's address, and the mail's subject"),
    ]
    """The complete event exactly as SES sent it."""


SES_EVENT = EventType(
    "ses.event",
    SesEvent,
    Kind.REACTION,
    sent_by="Amazon SES, by a rule on EventBridge's default bus",
    emits={EMAIL_DELIVERED, EMAIL_BOUNCED, EMAIL_COMPLAINED},
)
