"""Appointments are created, changed or near: a message names one, and the CRM's data about it decides."""

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from local.standins.crm.state import CrmFailure, Facts
from local.traffic.publication import DeliveryOutcome, ExpectedSchedule, MessageDraft, delivered, succeeded
from local.traffic.sample_data import SampleData
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
    reminder_key,
)
from schemas.crm import Appointment, AppointmentCustomer
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.reasons import Outcome, Reason
from schemas.sms import SMS_SEND

_REMINDED = succeeded(EMAIL_SEND) + succeeded(SMS_SEND)

_SKIPPED = delivered(APPOINTMENT_REMINDER, Outcome.SKIPPED)


def unchanged(sample: SampleData) -> MessageDraft:
    """One mail and one text message to the customer."""
    return _reminder(sample, _tomorrow(sample), succeeded(APPOINTMENT_REMINDER) + _REMINDED)


def crm_fails_once(sample: SampleData) -> MessageDraft:
    """The CRM fails at the first call: one mail and one text message after the second."""
    tomorrow = _tomorrow(sample)
    failure = {tomorrow.id: CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1)}
    reminder = _reminder(sample, tomorrow, succeeded(APPOINTMENT_REMINDER) + _REMINDED)
    return replace(reminder, facts=replace(reminder.facts, failures=failure))


def without_a_phone(sample: SampleData) -> MessageDraft:
    """One mail only."""
    tomorrow = _tomorrow(sample)
    customer = tomorrow.customer.model_copy(update={"phone": None})
    return _reminder(
        sample,
        tomorrow.model_copy(update={"customer": customer}),
        succeeded(APPOINTMENT_REMINDER) + succeeded(EMAIL_SEND),
    )


def cancelled_meanwhile(sample: SampleData) -> MessageDraft:
    """The reminder is skipped."""
    return _reminder(sample, _tomorrow(sample).model_copy(update={"status": "cancelled"}), _SKIPPED)


def moved(sample: SampleData) -> MessageDraft:
    """The reminder is skipped, and every reminder is scheduled for the new start."""
    return _moved(sample, sample.start_time(timedelta(days=3), timedelta(days=30)))


def moved_closer(sample: SampleData) -> MessageDraft:
    """The appointment now begins within hours: only the reminders that are still to come are scheduled."""
    return _moved(sample, sample.start_time(timedelta(hours=4), timedelta(hours=8)))


def unknown(sample: SampleData) -> MessageDraft:
    """The CRM has no such appointment: the reminder is skipped."""
    return replace(_reminder(sample, _tomorrow(sample), _SKIPPED), facts=Facts())


def already_started(sample: SampleData) -> MessageDraft:
    """The appointment had begun when its reminder was sent: the reminder is skipped."""
    return _reminder(
        sample, appointment(sample, sample.start_time(-timedelta(minutes=75), -timedelta(minutes=15))), _SKIPPED
    )


def wrong_company(sample: SampleData) -> MessageDraft:
    """The message names another tenant's appointment: it is dead-lettered, and nothing is sent."""
    wrong = _reminder(sample, _tomorrow(sample), delivered(APPOINTMENT_REMINDER, Outcome.DEAD_LETTERED))
    return replace(wrong, payload={**wrong.payload, "companyId": sample.uuid()}, reason=Reason.PERMANENT)


def created(sample: SampleData) -> MessageDraft:
    """Every reminder is scheduled."""
    return _change(APPOINTMENT_CREATED, sample, appointment(sample, _some_day(sample)))


def created_at_short_notice(sample: SampleData) -> MessageDraft:
    """The appointment begins within hours: only the reminders that are still to come are scheduled."""
    start = sample.start_time(timedelta(hours=4), timedelta(hours=8))
    return _change(APPOINTMENT_CREATED, sample, appointment(sample, start))


def created_and_cancelled(sample: SampleData) -> MessageDraft:
    """The appointment is cancelled when its creation is processed: nothing is scheduled."""
    return _change(APPOINTMENT_CREATED, sample, _cancelled(sample))


def rescheduled(sample: SampleData) -> MessageDraft:
    """The reminders of the start in the CRM are scheduled and replace earlier ones; one mail names the start."""
    return _mailed(_change(APPOINTMENT_RESCHEDULED, sample, appointment(sample, _some_day(sample))))


def cancelled(sample: SampleData) -> MessageDraft:
    """No reminder stays scheduled; one mail says that it was cancelled."""
    return _mailed(_change(APPOINTMENT_CANCELLED, sample, _cancelled(sample)))


def appointment(sample: SampleData, start: datetime) -> Appointment:
    """A booked appointment as the CRM returns it."""
    company, customer = sample.company(), sample.person()
    return Appointment(
        id=sample.uuid(),
        company_id=company.id,
        company_name=company.name,
        status=sample.choice(("booked", "confirmed")),
        customer=AppointmentCustomer(
            name=customer.name, email=customer.email, phone=customer.phone, locale=customer.place.locale
        ),
        service=sample.choice(company.services),
        staff=sample.choice(company.staff),
        start_time=start,
        end_time=start + timedelta(minutes=sample.choice((30, 45, 90))),
        time_zone=customer.place.time_zone,
    )


def reminders(sample: SampleData, of: Appointment) -> tuple[ExpectedSchedule, ...]:
    """The schedules that must be pending for an appointment: its reminders that are still to come."""
    return tuple(
        ExpectedSchedule(reminder_key(of.company_id, of.id, lead), of.start_time - lead, APPOINTMENT_REMINDER.name)
        for lead in sample.settings.reminder_leads
        if of.start_time - lead > sample.now
    )


def _moved(sample: SampleData, start: datetime) -> MessageDraft:
    reminder = _reminder(sample, _tomorrow(sample), _SKIPPED)
    (before,) = reminder.facts.appointments
    end = before.end_time and start + (before.end_time - before.start_time)
    now_at = before.model_copy(update={"start_time": start, "end_time": end})
    return replace(reminder, facts=Facts(appointments=(now_at,)), schedules=reminders(sample, now_at))


def _reminder(sample: SampleData, of: Appointment, outcomes: tuple[DeliveryOutcome, ...]) -> MessageDraft:
    return MessageDraft(
        event_type=APPOINTMENT_REMINDER,
        payload={
            "companyId": of.company_id,
            "appointmentId": of.id,
            "startTime": sample.timestamp(of.start_time),
        },
        subject=of.id,
        happened_at=sample.recent_time(),
        outcomes=outcomes,
        facts=Facts(appointments=(of,)),
        phone=of.customer.phone or "",
    )


def _tomorrow(sample: SampleData) -> Appointment:
    return appointment(sample, sample.start_time(timedelta(hours=23), timedelta(hours=25)))


def _change(event_type: EventType[Any], sample: SampleData, of: Appointment) -> MessageDraft:
    return MessageDraft(
        event_type=event_type,
        payload={"companyId": of.company_id, "appointmentId": of.id},
        subject=of.id,
        happened_at=sample.recent_time(),
        outcomes=succeeded(event_type),
        schedules=() if of.is_cancelled else reminders(sample, of),
        facts=Facts(appointments=(of,)),
    )


def _mailed(change: MessageDraft) -> MessageDraft:
    return replace(change, outcomes=change.outcomes + succeeded(EMAIL_SEND))


def _cancelled(sample: SampleData) -> Appointment:
    return appointment(sample, _some_day(sample)).model_copy(update={"status": "cancelled"})


def _some_day(sample: SampleData) -> datetime:
    return sample.start_time(timedelta(days=3), timedelta(days=30))
