"""Mails to the admins of a company, whose names and addresses the CRM has."""

from collections.abc import Callable, Iterator

from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from schemas.crm import CompanyAdmins
from schemas.emails import EMAIL_SEND, EmailSend, Recipient
from schemas.wire import Channel


def mail_admins(company: CompanyAdmins, mail: Callable[[str | None, Recipient], EmailSend]) -> Iterator[FollowUp]:
    """Mail each admin who wants to hear by email, and name the admins that cannot be read.

    Args:
        company: the CRM's answer.
        mail: returns the mail to an admin, given the company's name, if the CRM says it.

    Raises:
        Skip: the company has no admin, or none who wants to hear by email.
        UnreadableError: it has some that cannot be read, and none of the others is to be mailed.
    """
    wanting = [admin for admin in company.admins if Channel.EMAIL.is_wanted(admin.channels)]
    if not wanting and company.rows_left_out:
        raise UnreadableError("none of the company's admins can be notified", company.left_out)
    yield from map(LeftOut, company.left_out)
    if not wanting:
        raise Skip(f"the company has no admin {'who wants to hear by email' if company.admins else 'to notify'}")
    for admin in wanting:
        to = Recipient(email=admin.email, name=admin.name, locale=admin.locale, time_zone=admin.time_zone)
        yield Emit(EMAIL_SEND, mail(company.company_name, to), discriminator=admin.id or admin.email)
