"""Tags of a mail, which come back in SES's events about it."""

from collections.abc import Mapping

from schemas.emails import EmailSend
from schemas.mail_tags import MailTags
from schemas.message import Message


def tags_of(email: Message[EmailSend]) -> Mapping[str, str]:
    """Return what `ses.event` needs to know about the mail."""
    return MailTags(
        company_id=email.company_id,
        message_id=email.id,
        correlation_id=email.correlation_id,
        template=email.payload.template,
        subject_id=email.payload.subject_id or "",
        texted=email.payload.texted,
        valid_until=email.payload.valid_until,
    ).encoded()
