"""A mail that its recipient marked as spam."""

from collections.abc import Iterator

from lambdas.common.emails.activities import activity
from lambdas.common.emails.unwanted import stop_mails
from lambdas.common.follow_ups import FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import Activity
from schemas.contacts import EmailStatus
from schemas.email_outcomes import EMAIL_COMPLAINED, EmailComplained
from schemas.message import Message


@reaction(EMAIL_COMPLAINED)
def handler(complained: Message[EmailComplained]) -> Iterator[FollowUp]:
    """Record the activity, inform the CRM, and suppress further mails to the address."""
    mail = complained.payload
    yield Note("complained: the recipient marked it as spam")
    yield from activity(mail, Activity.EMAIL_COMPLAINED, "marked as spam by its recipient")
    yield from stop_mails(mail, EmailStatus.COMPLAINED, "a mail was marked as spam")
