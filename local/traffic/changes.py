"""Appointments are made, moved and called off: what the CRM says of them by then decides."""

from datetime import datetime, timedelta
from typing import Any

from local.standins.crm.state import Facts
from local.traffic.appointments import appointment, reminders
from local.traffic.chance import Chance
from local.traffic.draft import Draft, succeeded
from schemas.appointments import APPOINTMENT_CANCELLED, APPOINTMENT_CREATED, APPOINTMENT_RESCHEDULED
from schemas.crm import Appointment
from schemas.event_type import EventType


def created(chance: Chance) -> Draft:
    """Each of its reminders is scheduled."""
    return _change(APPOINTMENT_CREATED, chance, appointment(chance, _some_day(chance)))


def created_at_short_notice(chance: Chance) -> Draft:
    """It is in some hours already: only the reminders that are still to come are scheduled."""
    start = chance.start(timedelta(hours=4), timedelta(hours=8))
    return _change(APPOINTMENT_CREATED, chance, appointment(chance, start))


def created_and_cancelled(chance: Chance) -> Draft:
    """By the time that its making is told it is called off: nothing is scheduled."""
    return _change(APPOINTMENT_CREATED, chance, _called_off(chance))


def rescheduled(chance: Chance) -> Draft:
    """The reminders of the start that the CRM knows are scheduled, in place of any others."""
    return _change(APPOINTMENT_RESCHEDULED, chance, appointment(chance, _some_day(chance)))


def cancelled(chance: Chance) -> Draft:
    """None of its reminders stands any more."""
    return _change(APPOINTMENT_CANCELLED, chance, _called_off(chance))


def _change(event_type: EventType[Any], chance: Chance, of: Appointment) -> Draft:
    return Draft(
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
