"""The outcome of a mail, by one of SES's events."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from lambdas.common.errors import PermanentError, Skip
from lambdas.ses_event.bounces import (
    COMPLAINED_BEFORE,
    ON_ACCOUNT_LIST,
    REJECTED,
    NotDelivered,
    is_complaint,
    not_delivered,
)
from schemas.email_outcomes import (
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    EMAIL_DELIVERED,
    EmailBounced,
    EmailComplained,
    EmailDelivered,
)
from schemas.event_type import EventType
from schemas.mail_tags import MailTags
from schemas.problems import from_validation, sentence
from schemas.reasons import Remedy
from schemas.ses import SesEventBody
from schemas.wire import WireModel

EmailOutcome = EmailDelivered | EmailBounced | EmailComplained

E = TypeVar("E", EmailDelivered, EmailBounced, EmailComplained)
M = TypeVar("M", bound=WireModel)


def outcome_of(event: SesEventBody, sent: MailTags) -> tuple[EventType[Any], EmailOutcome]:
    """Return what became of a mail, and the type of the message that says so.

    Raises:
        Skip: the event says nothing about that.
        PermanentError: the event lacks what SES documents for its type, or is about a mail that no `email.send` sent.
    """
    match event.event_type:
        case "Delivery":
            delivery = _found(event.delivery, "delivery", event)
            return EMAIL_DELIVERED, _outcome(EmailDelivered, event, sent, delivery.timestamp)
        case "Bounce":
            bounce = _found(event.bounce, "bounce", event)
            return EMAIL_BOUNCED, _bounced(event, sent, bounce.timestamp, not_delivered(bounce))
        case "Reject":
            return EMAIL_BOUNCED, _bounced(event, sent, event.mail.timestamp, REJECTED)
        case "Complaint":
            complaint = _found(event.complaint, "complaint", event)
            if not is_complaint(complaint):
                raise Skip("the recipient marked the mail as no spam")
            if complaint.complaint_sub_type == ON_ACCOUNT_LIST:
                return EMAIL_BOUNCED, _bounced(event, sent, complaint.timestamp, COMPLAINED_BEFORE)
            return EMAIL_COMPLAINED, _outcome(EmailComplained, event, sent, complaint.timestamp)
        case _:
            raise Skip("SES's event says nothing about the mail's outcome")


def _bounced(event: SesEventBody, sent: MailTags, at: datetime, why: NotDelivered) -> EmailBounced:
    more = {"kind": why.kind, "reason": why.reason, "texted": sent.texted, "valid_until": sent.valid_until}
    return _outcome(EmailBounced, event, sent, at, **more)


def _found(part: M | None, name: str, event: SesEventBody) -> M:
    if part is None:
        what = f"SES's event of the type {event.event_type} lacks the field {name}"
        raise PermanentError(what, remedy=Remedy.REDRIVE)
    return part


def _outcome(model: type[E], event: SesEventBody, sent: MailTags, at: datetime, **more: Any) -> E:
    """Return the outcome. SES names the address with its domain in ASCII, as `email.send` gave it."""
    if len(event.mail.destination) > 1:
        what = "SES's event is about a mail to several recipients; email.send writes to one"
        raise PermanentError(what, remedy=Remedy.DISCARD)
    try:
        return model(
            company_id=sent.company_id,
            message_id=sent.message_id,
            template=sent.template,
            email=event.mail.destination[0],
            subject_id=sent.subject_id or None,
            occurred_at=at,
            **more,
        )
    except ValidationError as error:
        problems = sentence(from_validation(error))
        what = f"SES's event is about a mail that email.send cannot have sent: {problems}"
        raise PermanentError(what, remedy=Remedy.DISCARD) from None
