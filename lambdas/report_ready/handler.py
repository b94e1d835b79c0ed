"""A report can be downloaded."""

from collections.abc import Iterator

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from schemas.email_domains import same_for_all_spellings
from schemas.emails import EMAIL_SEND, EmailSend, Recipient, Template
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.reports import REPORT_READY, ReportReady


@reaction(REPORT_READY)
def handler(report: Message[ReportReady], clock: Clock) -> Iterator[FollowUp]:
    """Email the download link to each recipient, unless its sender sent it too late."""
    if report.payload.expires_at <= clock.now():
        raise PermanentError(
            "the link to the report had expired when it was sent: generate the report again", remedy=Remedy.DISCARD
        )
    by_address = {same_for_all_spellings(recipient.email): recipient for recipient in report.payload.recipients}
    for address, recipient in by_address.items():
        yield Emit(EMAIL_SEND, link(report.payload, recipient), discriminator=address)


def link(report: ReportReady, recipient: Recipient) -> EmailSend:
    """The email to one recipient."""
    return EmailSend(
        company_id=report.company_id,
        template=Template.REPORT_READY,
        to=recipient,
        company_name=report.company_name,
        values={
            "title": report.title,
            "format": report.format,
            "downloadUrl": report.download_url,
            "expiresAt": report.expires_at.isoformat(),
        },
        subject_id=report.report_id,
        valid_until=report.expires_at,
    )
