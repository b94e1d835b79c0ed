"""Appointments come near or change: a message names one, and what the CRM says of it decides."""

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from local.standins.crm.state import CrmFailure, Facts
from local.traffic.chance import Chance
from local.traffic.publication import Due, Ending, MessageDraft, ending, succeeded
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

_TOLD = succeeded(EMAIL_SEND) + succeeded(SMS_SEND)

_SKIPPED = ending(APPOINTMENT_REMINDER, Outcome.SKIPPED)


def stands(chance: Chance) -> MessageDraft:
    """A mail and a text to the customer."""
    return _reminder(chance, _tomorrow(chance), succeeded(APPOINTMENT_REMINDER) + _TOLD)


def crm_fails_once(chance: Chance) -> MessageDraft:
    """The CRM does not tell at first: a mail and a text at the second attempt."""
    tomorrow = _tomorrow(chance)
    failure = {tomorrow.id: CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1)}
    reminder = _reminder(chance, tomorrow, ending(APPOINTMENT_REMINDER, Outcome.RETRYING, Outcome.SUCCEEDED) + _TOLD)
    return replace(reminder, facts=replace(reminder.facts, failures=failure))


def without_a_phone(chance: Chance) -> MessageDraft:
    """A mail alone."""
    tomorrow = _tomorrow(chance)
    customer = tomorrow.customer.model_copy(update={"phone": None})
    return _reminder(
        chance,
        tomorrow.model_copy(update={"customer": customer}),
        succeeded(APPOINTMENT_REMINDER) + succeeded(EMAIL_SEND),
    )


def cancelled_meanwhile(chance: Chance) -> MessageDraft:
    """Nobody is told."""
    return _reminder(chance, _tomorrow(chance).model_copy(update={"status": "cancelled"}), _SKIPPED)


def moved(chance: Chance) -> MessageDraft:
    """Nobody is told yet: every reminder is scheduled anew."""
    return _moved(chance, chance.start(timedelta(days=3), timedelta(days=30)))


def moved_closer(chance: Chance) -> MessageDraft:
    """It is in some hours already: only the reminders that are still to come are scheduled anew."""
    return _moved(chance, chance.start(timedelta(hours=4), timedelta(hours=8)))


def unknown(chance: Chance) -> MessageDraft:
    """The CRM knows no such appointment: there is nothing to do."""
    return replace(_reminder(chance, _tomorrow(chance), _SKIPPED), facts=Facts())


def begun(chance: Chance) -> MessageDraft:
    """It is too late to remind anybody."""
    return _reminder(chance, appointment(chance, chance.start(-timedelta(hours=1), timedelta(0))), _SKIPPED)


def of_another_company(chance: Chance) -> MessageDraft:
    """One tenant's message names another's appointment: it is dead-lettered, nothing is told."""
    stranger = _reminder(chance, _tomorrow(chance), ending(APPOINTMENT_REMINDER, Outcome.DEAD_LETTERED))
    return replace(stranger, payload={**stranger.payload, "companyId": chance.uuid()}, reason=Reason.PERMANENT)


def created(chance: Chance) -> MessageDraft:
    """Each of its reminders is scheduled."""
    return _change(APPOINTMENT_CREATED, chance, appointment(chance, _some_day(chance)))


def created_at_short_notice(chance: Chance) -> MessageDraft:
    """It is in some hours already: only the reminders that are still to come are scheduled."""
    start = chance.start(timedelta(hours=4), timedelta(hours=8))
    return _change(APPOINTMENT_CREATED, chance, appointment(chance, start))


def created_and_cancelled(chance: Chance) -> MessageDraft:
    """By the time that its making is told it is called off: nothing is scheduled."""
    return _change(APPOINTMENT_CREATED, chance, _called_off(chance))


def rescheduled(chance: Chance) -> MessageDraft:
    """The reminders of the start that the CRM knows are scheduled, in place of any others."""
    return _change(APPOINTMENT_RESCHEDULED, chance, appointment(chance, _some_day(chance)))


def cancelled(chance: Chance) -> MessageDraft:
    """None of its reminders stands any more."""
    return _change(APPOINTMENT_CANCELLED, chance, _called_off(chance))


def appointment(chance: Chance, start: datetime) -> Appointment:
    """One that stands, as the CRM knows it."""
    company, customer = chance.company(), chance.person()
    return Appointment(
        id=chance.uuid(),
        company_id=company.id,
        company_name=company.name,
        status=chance.among(("booked", "confirmed")),
        customer=AppointmentCustomer(
            name=customer.name, email=customer.email, phone=customer.phone, locale=customer.place.locale
        ),
        service=chance.among(company.services),
        staff=chance.among(company.staff),
        start_time=start,
        end_time=start + timedelta(minutes=chance.among((30, 45, 90))),
        time_zone=customer.place.time_zone,
    )


def reminders(chance: Chance, of: Appointment) -> tuple[Due, ...]:
    """What must stand for an appointment that takes place: the reminders that are still to come."""
    return tuple(
        Due(reminder_key(of.id, lead), of.start_time - lead, APPOINTMENT_REMINDER.name)
        for lead in chance.rules.reminder_leads
        if of.start_time - lead > chance.now
    )


def _moved(chance: Chance, start: datetime) -> MessageDraft:
    reminder = _reminder(chance, _tomorrow(chance), _SKIPPED)
    (before,) = reminder.facts.appointments
    now_at = before.model_copy(update={"start_time": start, "end_time": start + (before.end_time - before.start_time)})
    return replace(reminder, facts=Facts(appointments=(now_at,)), due=reminders(chance, now_at))


def _reminder(chance: Chance, of: Appointment, endings: tuple[Ending, ...]) -> MessageDraft:
    return MessageDraft(
        event_type=APPOINTMENT_REMINDER,
        payload={
            "companyId": of.company_id,
            "appointmentId": of.id,
            "startTime": chance.text(of.start_time),
        },
        subject=of.id,
        happened_at=chance.just_now(),
        endings=endings,
        facts=Facts(appointments=(of,)),
        phone=of.customer.phone or "",
    )


def _tomorrow(chance: Chance) -> Appointment:
    return appointment(chance, chance.start(timedelta(hours=23), timedelta(hours=25)))


def _change(event_type: EventType[Any], chance: Chance, of: Appointment) -> MessageDraft:
    return MessageDraft(
        event_type=event_type,
        payload={"companyId": of.company_id, "appointmentId": of.id},
        subject=of.id,
        happened_at=chance.just_now(),
        endings=succeeded(event_type),
        due=() if of.is_cancelled else reminders(chance, of),
        facts=Facts(appointments=(of,)),
    )


def _called_off(chance: Chance) -> Appointment:
    return appointment(chance, _some_day(chance)).model_copy(update={"status": "cancelled"})


def _some_day(chance: Chance) -> datetime:
    return chance.start(timedelta(days=3), timedelta(days=30))
