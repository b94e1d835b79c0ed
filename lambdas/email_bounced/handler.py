"""A mail that did not reach its recipient."""

import re
from collections.abc import Iterator

from lambdas.common.emails.activities import activity
from lambdas.common.emails.unwanted import stop_mails
from lambdas.common.follow_ups import Cause, Emit, FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import Activity
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.contacts import EmailStatus
from schemas.email_outcomes import EMAIL_BOUNCED, BounceKind, EmailBounced
from schemas.emails import EMAIL_SEND, Template
from schemas.message import Message
from schemas.wire import UUID_PATTERN, Channel


@reaction(EMAIL_BOUNCED)
def handler(bounced: Message[EmailBounced]) -> Iterator[FollowUp]:
    """Record the activity; after a hard bounce inform the CRM, and suppress further mails to the address.

    After a soft bounce SES has given up this mail alone, or the mail arrived and was answered automatically. Where the
    mail was a reminder and no text was sent, the customer is reminded by text, if there is a phone number for it.
    """
    mail = bounced.payload
    became = f"bounced: {mail.reason}"  # not "not delivered": SES calls an automatic answer a bounce, too
    yield Note(became)
    yield from activity(mail, Activity.EMAIL_BOUNCED, became)
    if mail.kind is BounceKind.HARD:
        yield from stop_mails(mail, EmailStatus.BOUNCED, mail.reason)
    if mail.template is Template.APPOINTMENT_REMINDER and not mail.texted:
        yield from _reminder_by_text(mail, Cause(EMAIL_SEND.name, mail.message_id, bounced.correlation_id))


def _reminder_by_text(mail: EmailBounced, sent: Cause) -> Iterator[FollowUp]:
    """Remind the customer anew, by text alone. That reads the CRM, for which nothing else here has to wait.

    A mail that bounces softly and then for good is followed by one text. A mail of another producer may not say which
    appointment it is about, and when that begins.
    """
    if mail.subject_id and re.fullmatch(UUID_PATTERN, mail.subject_id) and mail.valid_until:
        yield Emit(
            APPOINTMENT_REMINDER,
            AppointmentReminder(
                company_id=mail.company_id,
                appointment_id=mail.subject_id,
                start_time=mail.valid_until,
                channel=Channel.SMS,
            ),
            cause=sent,
        )
