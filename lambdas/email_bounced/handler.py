"""A mail that did not reach its recipient."""

import re
from collections.abc import Iterator

from lambdas.common.email_activities import activity
from lambdas.common.follow_ups import Emit, FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import Activity
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.contacts import CONTACT_EMAIL_STATUS, Channel, ContactEmailStatus, EmailStatus
from schemas.email_outcomes import EMAIL_BOUNCED, BounceKind, EmailBounced
from schemas.emails import Template
from schemas.message import Message
from schemas.suppression import EMAIL_SUPPRESSION, EmailSuppression, Suppression
from schemas.wire import UUID_PATTERN


@reaction(EMAIL_BOUNCED)
def handler(bounced: Message[EmailBounced]) -> Iterator[FollowUp]:
    """Record the activity; after a hard bounce inform the CRM, and suppress further mails to the address.

    After a soft bounce SES has given up this mail alone: the next one may arrive. Where the mail was a reminder and no
    text was sent, the customer is reminded by text, if there is a phone number for it.
    """
    mail = bounced.payload
    yield Note(f"bounced: {mail.reason}")
    yield from activity(mail, Activity.EMAIL_BOUNCED, f"not delivered: {mail.reason}")
    if mail.kind is BounceKind.HARD:
        yield Emit(
            CONTACT_EMAIL_STATUS,
            ContactEmailStatus(
                company_id=mail.company_id,
                email=mail.email,
                status=EmailStatus.BOUNCED,
                reason=mail.reason,
                occurred_at=mail.occurred_at,
            ),
        )
        yield Emit(
            EMAIL_SUPPRESSION,
            EmailSuppression(
                company_id=mail.company_id,
                email=mail.email,
                suppression=Suppression.BOUNCED,
                occurred_at=mail.occurred_at,
            ),
        )
    if (
        mail.template is Template.APPOINTMENT_REMINDER
        and not mail.texted
        and re.fullmatch(UUID_PATTERN, mail.subject_id or "")
    ):
        yield Emit(
            APPOINTMENT_REMINDER,
            AppointmentReminder(company_id=mail.company_id, appointment_id=mail.subject_id or "", channel=Channel.SMS),
        )
