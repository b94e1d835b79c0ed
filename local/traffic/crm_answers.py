"""The CRM's answers are none of its own, or odd in one place: the cases of all types that call it."""

from dataclasses import replace

from local.standins.crm.companies import admins_of
from local.traffic import appointments, bookings, payments, reports
from local.traffic.publication import Case, MessageDraft, succeeded
from local.traffic.sample_data import SampleData
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.emails import EMAIL_SEND


def reminder_behind_a_proxy(sample: SampleData) -> MessageDraft:
    """A proxy answers the first read of the appointment: the reminder is neither skipped nor sent, but waits."""
    return _behind_proxy(appointments.unchanged, sample)


def created_behind_a_proxy(sample: SampleData) -> MessageDraft:
    """A proxy answers the first read of the appointment: its reminders are scheduled after a wait."""
    return _behind_proxy(appointments.created, sample)


def activity_behind_a_proxy(sample: SampleData) -> MessageDraft:
    """A proxy answers the first write: the activity is recorded after a wait."""
    return _behind_proxy(bookings.confirmed, sample)


def retry_behind_a_proxy(sample: SampleData) -> MessageDraft:
    """A proxy answers the first writes: the activity is recorded and the payment retried after a wait."""
    return _behind_proxy(payments.retry_overdue, sample)


def report_behind_a_proxy(sample: SampleData) -> MessageDraft:
    """A proxy answers the first write: the report is generated after a wait."""
    return _behind_proxy(reports.regenerate, sample)


def odd_phone(sample: SampleData) -> MessageDraft:
    """The customer's phone number is none: one mail, and no text message."""
    reminder = appointments.unchanged(sample)
    odd = {f"/internal/appointments/{reminder.subject}": {"customer": {"phone": "ask the front desk"}}}
    outcomes = succeeded(APPOINTMENT_REMINDER) + succeeded(EMAIL_SEND)
    return replace(reminder, outcomes=outcomes, facts=replace(reminder.facts, odd=odd), phone="")


def odd_admin(sample: SampleData) -> MessageDraft:
    """One admin has no address that can be read: one mail to each of the others."""
    company = sample.uuid()
    declined = payments.hard_decline(sample)
    odd = {f"/internal/companies/{company}/admins": {"admins": [{"id": "admin-9", "name": "Books", "email": "books@"}]}}
    return replace(
        declined,
        payload={**declined.payload, "companyId": company},
        outcomes=payments.RECORDED + succeeded(EMAIL_SEND) * len(admins_of(company).admins),
        facts=replace(declined.facts, odd=odd),
    )


def odd_endpoints(sample: SampleData) -> MessageDraft:
    """An endpoint is listed again without its address, another without an id: one webhook to the one that is whole."""
    booking = bookings.one_webhook(sample)
    (subscriber,) = booking.facts.subscribers
    rows = [
        {"id": subscriber.endpoint_id, "url": None, "secrets": []},
        {"id": None, "url": "https://hooks.example.com/taly", "secrets": list(subscriber.secrets)},
    ]
    odd = {f"/internal/companies/{subscriber.company_id}/webhooks": {"endpoints": rows}}
    return replace(booking, facts=replace(booking.facts, odd=odd))


def _behind_proxy(case: Case, sample: SampleData) -> MessageDraft:
    """The case behind a proxy that answers the first call of each request about its subject; no attempt is spent."""
    draft = case(sample)
    return replace(draft, facts=replace(draft.facts, behind_proxy=(draft.subject,)))
