"""Mails to the admins of a company, whose names and addresses the CRM has."""

from collections.abc import Callable, Iterator

from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from schemas.crm import CompanyAdmins
from schemas.emails import EMAIL_SEND, EmailSend, Recipient


def mail_admins(company: CompanyAdmins, mail: Callable[[str | None, Recipient], EmailSend]) -> Iterator[FollowUp]:
    """Mail each admin, and name the admins that cannot be read.

    Args:
        company: the CRM's answer.
        mail: returns the mail to an admin, given the company's name, if the CRM says it.

    Raises:
        Skip: the company has no admin.
        UnreadableError: it has some, and none of them can be read.
    """
    if not company.admins:
        if company.rows_left_out:
            raise UnreadableError("none of the company's admins can be notified", company.left_out)
        raise Skip("the company has no admin to notify")
    yield from map(LeftOut, company.left_out)
    for admin in company.admins:
        to = Recipient(email=admin.email, name=admin.name, locale=admin.locale, time_zone=admin.time_zone)
        yield Emit(EMAIL_SEND, mail(company.company_name, to), discriminator=admin.id or admin.email)
