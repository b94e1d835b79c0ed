"""Entries in the company's activity log about the outcome of a mail."""

import re
from collections.abc import Iterator

from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.email_outcomes import EmailBounced, EmailComplained, EmailDelivered
from schemas.emails import Template
from schemas.wire import REFERENCE_PATTERN

_MAILS = {
    Template.BOOKING_CONFIRMATION: "Confirmation to the customer",
    Template.APPOINTMENT_REMINDER: "Reminder to the customer",
    Template.APPOINTMENT_MOVED: "Email to the customer about the moved appointment",
    Template.APPOINTMENT_CANCELLED: "Email to the customer about the cancelled appointment",
    Template.REPORT_READY: "Email with the link to a report",
    Template.PAYMENT_FAILED: "Email to an admin about a failed payment",
    Template.WEBHOOK_FAILING: "Email to an admin about a failing webhook endpoint",
    Template.USER_INVITATION: "Invitation",
}


def activity(
    outcome: EmailDelivered | EmailBounced | EmailComplained, kind: Activity, became: str
) -> Iterator[FollowUp]:
    """Record which mail it was and its outcome, without the address.

    The entry is about the mail's subject. For a mail without one it is about the mail itself, by the id of its
    `email.send`; an id of a form that the CRM does not take as a reference gets no entry.

    Args:
        outcome: the outcome.
        kind: the kind of activity.
        became: the outcome in words, such as "delivered".
    """
    subject_id = outcome.subject_id or outcome.message_id
    if not re.fullmatch(REFERENCE_PATTERN, subject_id):
        yield LeftOut("no activity: the email has no subjectId, and its id is none that the CRM takes")
        return
    record = ActivityRecord(
        company_id=outcome.company_id,
        activity=kind,
        subject_id=subject_id,
        summary=f"{_MAILS[outcome.template]} {became}",
        occurred_at=outcome.occurred_at,
    )
    yield Emit(ACTIVITY_RECORD, record)
