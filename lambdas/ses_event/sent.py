"""The mail that one of SES's events is about."""

from lambdas.common.errors import PermanentError
from schemas.mail_tags import MailTags
from schemas.reasons import Remedy
from schemas.ses import SesEvent


def sent_mail(reported: SesEvent) -> MailTags:
    """Return the tags that `email.send` gave the mail.

    A mail without them that was sent by the same configuration set has no tag `company`, so the rule passes no event
    about it. What arrives here without them is a mistake, and no event of another mail.

    Raises:
        PermanentError: they are others, or those of another tenant's mail.
    """
    try:
        sent = MailTags.decoded(reported.ses_event.mail.tags.model_dump())
    except ValueError as error:
        raise PermanentError(str(error), remedy=Remedy.DISCARD) from None
    if sent.company_id != reported.company_id:
        what = "the payload's companyId is not that of the mail's tag company"
        raise PermanentError(what, remedy=Remedy.DISCARD)
    return sent
