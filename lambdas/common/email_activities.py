"""Entries in the activity log about what became of a mail."""

from schemas.activities import Activity, ActivityRecord
from schemas.email_outcomes import EmailBounced, EmailComplained, EmailDelivered
from schemas.emails import Template

_MAILS = {
    Template.BOOKING_CONFIRMATION: "Confirmation of the booking",
    Template.APPOINTMENT_REMINDER: "Reminder of the appointment",
    Template.APPOINTMENT_MOVED: "Mail about the moved appointment",
    Template.APPOINTMENT_CANCELLED: "Mail about the cancelled appointment",
    Template.REPORT_READY: "Mail with the report",
    Template.PAYMENT_FAILED: "Mail about the failed payment",
    Template.WEBHOOK_FAILING: "Mail about the failing webhook endpoint",
    Template.USER_INVITATION: "Invitation",
}


def activity_of(
    outcome: EmailDelivered | EmailBounced | EmailComplained, activity: Activity, what: str
) -> ActivityRecord:
    """Return the entry: which mail, and what became of it. It names no address."""
    return ActivityRecord(
        company_id=outcome.company_id,
        activity=activity,
        subject_id=outcome.subject_id or "email",
        summary=f"{_MAILS[outcome.template]} {what}",
        occurred_at=outcome.occurred_at,
    )
