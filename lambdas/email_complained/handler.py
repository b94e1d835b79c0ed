"""A mail that its recipient marked as spam."""

from collections.abc import Iterator

from lambdas.common.emails.activities import activity
from lambdas.common.follow_ups import Emit, FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import Activity
from schemas.contacts import CONTACT_EMAIL_STATUS, ContactEmailStatus, EmailStatus
from schemas.email_outcomes import EMAIL_COMPLAINED, EmailComplained
from schemas.message import Message
from schemas.suppression import EMAIL_SUPPRESSION, EmailSuppression, Suppression


@reaction(EMAIL_COMPLAINED)
def handler(complained: Message[EmailComplained]) -> Iterator[FollowUp]:
    """Record the activity, inform the CRM, and suppress further mails to the address."""
    mail = complained.payload
    yield Note("complained: the recipient marked it as spam")
    yield from activity(mail, Activity.EMAIL_COMPLAINED, "marked as spam by its recipient")
    yield Emit(
        CONTACT_EMAIL_STATUS,
        ContactEmailStatus(
            company_id=mail.company_id,
            email=mail.email,
            status=EmailStatus.COMPLAINED,
            reason="a mail was marked as spam",
            occurred_at=mail.occurred_at,
        ),
    )
    yield Emit(
        EMAIL_SUPPRESSION,
        EmailSuppression(
            company_id=mail.company_id,
            email=mail.email,
            suppression=Suppression.COMPLAINED,
            occurred_at=mail.occurred_at,
        ),
    )
