"""Amazon SES reports what became of a mail."""

from collections.abc import Iterator
from typing import Any

from lambdas.common.errors import PermanentError, Skip
from lambdas.common.follow_ups import Cause, Emit, FollowUp
from lambdas.common.handlers import reaction
from lambdas.ses_event.bounces import kind_of, reason_of
from schemas.email_outcomes import (
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    EMAIL_DELIVERED,
    EmailBounced,
    EmailComplained,
    EmailDelivered,
)
from schemas.emails import EMAIL_SEND
from schemas.mail_tags import MailTags
from schemas.message import Message
from schemas.ses import SES_EVENT, SesEvent


@reaction(SES_EVENT)
def handler(reported: Message[SesEvent]) -> Iterator[FollowUp]:
    """Publish the outcome of the mail, as caused by the `email.send` that sent it."""
    event = reported.payload.ses_event
    try:
        sent = MailTags.decoded(event.mail.tags)
    except ValueError as error:
        raise PermanentError(str(error)) from None
    cause = Cause(EMAIL_SEND.name, sent.message_id, sent.correlation_id)
    common: dict[str, Any] = {
        "company_id": sent.company_id,
        "message_id": sent.message_id,
        "template": sent.template,
        "email": event.mail.destination[0],
        "subject_id": sent.subject_id or None,
    }
    if event.delivery:
        delivered = EmailDelivered(**common, occurred_at=event.delivery.timestamp)
        yield Emit(EMAIL_DELIVERED, delivered, cause=cause)
    elif event.bounce:
        bounced = EmailBounced(
            **common,
            occurred_at=event.bounce.timestamp,
            kind=kind_of(event.bounce),
            reason=reason_of(event.bounce),
            texted=sent.texted,
        )
        yield Emit(EMAIL_BOUNCED, bounced, cause=cause)
    elif event.complaint:
        complained = EmailComplained(**common, occurred_at=event.complaint.timestamp)
        yield Emit(EMAIL_COMPLAINED, complained, cause=cause)
    else:
        raise Skip(f"SES's event {event.event_type} says nothing about the mail's outcome")
