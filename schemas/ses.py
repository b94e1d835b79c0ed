"""Amazon SES's events about sent mails, unchanged; the models name only the fields that the reaction reads.

Source: SES Developer Guide, "Contents of event data that Amazon SES publishes to EventBridge".
"""

from typing import Annotated

from pydantic import Field

from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.event_type import EventType, Kind
from schemas.wire import Impersonal, Payload, Personal, Timestamp, WireModel

SesCode = Annotated[str, Impersonal("one of SES's codes")]
"""A code of SES's, which adds new ones at any time."""

TagValue = Annotated[str, Impersonal("an id or a template's name")]


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

    destination: Annotated[tuple[Annotated[str, Personal("address of the mail")], ...], Field(min_length=1)]
    tags: dict[str, tuple[TagValue, ...]]
    """By name: those that this system gave the mail, and SES's own."""


class SesEventBody(WireModel):
    """SES's event: `detail` of the event on EventBridge's default bus."""

    event_type: SesCode
    """`Delivery`, `Bounce`, `Complaint`, `Reject`, or one that says nothing about the mail's outcome."""

    mail: SesMail
    bounce: SesBounce | None = None
    complaint: SesComplaint | None = None
    delivery: SesDelivery | None = None


class SesEvent(Payload):
    """Amazon SES reports what became of a mail. A rule on the account's default bus sends it; source of truth: SES.

    SES may report twice, late and in any order.
    """

    ses_event: Annotated[SesEventBody, Personal("SES's event with the recipient's address, and the mail's subject")]
    """The complete event exactly as SES sent it."""


SES_EVENT = EventType(
    "ses.event",
    SesEvent,
    Kind.REACTION,
    sent_by="Amazon SES, by a rule on EventBridge's default bus",
    emits={EMAIL_DELIVERED, EMAIL_BOUNCED, EMAIL_COMPLAINED},
)
