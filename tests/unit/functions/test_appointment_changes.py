"""An appointment is created, moved or cancelled: whatever the order of events, the CRM's current state decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.appointment_cancelled.handler import handler as cancelled
from lambdas.appointment_created.handler import handler as created
from lambdas.appointment_rescheduled.handler import handler as rescheduled
from lambdas.common.follow_ups import FollowUp, Schedule, Unschedule
from lambdas.common.handlers import Handler
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentChanged, AppointmentReminder
from schemas.crm import Appointment
from schemas.message import Message
from tests.fakes.function import NOW
from tests.messages import APPOINTMENT, COMPANY, appointment, message, text

EACH = pytest.mark.parametrize("handler", [created, rescheduled, cancelled], ids=lambda each: each.event_type.name)
DAY, HOUR = (f"reminder/{COMPANY}/{APPOINTMENT}/{lead}" for lead in ("24h", "1h"))


class FakeCrm:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, str]] = []

    def appointment(self, appointment_id: str, *, company_id: str) -> Appointment:
        self.requests.append((appointment_id, company_id))
        return Appointment.model_validate_json(text(self.answer))


def decide(
    handler: Handler[AppointmentChanged], *, leads: tuple[float, ...] = (24, 1), **stands: Any
) -> list[FollowUp]:
    crm = FakeCrm(appointment(**stands))
    event = text(message(handler.event_type.name, {"appointmentId": APPOINTMENT}))
    reminders = Reminders([timedelta(hours=lead) for lead in leads], lambda: NOW)
    follow_ups = list(
        handler.decide(Message[AppointmentChanged].model_validate_json(event), crm=crm, reminders=reminders) or ()
    )
    assert crm.requests == [(APPOINTMENT, COMPANY)]
    return follow_ups


@EACH
def test_reminders_are_scheduled_by_the_start_in_the_crm(handler: Handler[AppointmentChanged]) -> None:
    start = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)

    follow_ups = decide(handler, startTime="2026-05-01T09:30:00Z")

    reminder = AppointmentReminder(company_id=COMPANY, appointment_id=APPOINTMENT, start_time=start)
    assert follow_ups == [
        Schedule(APPOINTMENT_REMINDER, reminder, at=start - timedelta(hours=24), key=DAY),
        Schedule(APPOINTMENT_REMINDER, reminder, at=start - timedelta(hours=1), key=HOUR),
    ]


@EACH
def test_cancelled_appointment_has_no_reminders(handler: Handler[AppointmentChanged]) -> None:
    assert decide(handler, status="cancelled", startTime="2026-05-01T09:30:00Z") == [Unschedule(DAY), Unschedule(HOUR)]


@EACH
def test_passed_lead_is_cancelled_as_the_old_start_may_be_later(
    handler: Handler[AppointmentChanged],
) -> None:
    day, hour = decide(handler, startTime="2026-04-14T16:00:00Z")

    assert day == Unschedule(DAY)
    assert isinstance(hour, Schedule)


@EACH
def test_started_appointment_has_no_reminders(handler: Handler[AppointmentChanged]) -> None:
    assert decide(handler, startTime="2026-04-14T13:00:00Z") == [Unschedule(DAY), Unschedule(HOUR)]


@EACH
def test_leads_come_from_the_stage(handler: Handler[AppointmentChanged]) -> None:
    (reminder,) = decide(handler, leads=(1.5,), startTime="2026-05-01T09:30:00Z")

    assert isinstance(reminder, Schedule)
    assert reminder.key == f"reminder/{COMPANY}/{APPOINTMENT}/90m"


def test_stage_without_leads_schedules_nothing() -> None:
    assert decide(created, leads=()) == []
