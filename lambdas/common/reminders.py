"""Schedules of appointment reminders."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from lambdas.common.follow_ups import FollowUp, Schedule, Unschedule
from lambdas.common.runtime import Runtime
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder, reminder_key, text_key
from schemas.crm import Appointment
from schemas.environment import durations
from schemas.event_type import Needs


class Reminders:
    """The stage's reminder times."""

    need: ClassVar[Needs] = Needs.REMINDERS

    def __init__(self, leads: Sequence[timedelta], now: Callable[[], datetime]) -> None:
        """Remind the customer once for each of `leads`, the times before an appointment's start."""
        self._leads = leads
        self._now = now

    @classmethod
    def connect(cls, runtime: Runtime) -> "Reminders":
        """Read the leads from the stage's settings."""
        return cls(durations(runtime.environment.reminder_leads), runtime.now)

    def are_too_late(self, appointment: Appointment) -> bool:
        """Whether the appointment has already started."""
        return appointment.start_time <= self._now()

    def plan(self, appointment: Appointment) -> Iterator[FollowUp]:
        """Schedule the reminders that are still to come, and cancel all others.

        A cancelled appointment keeps no reminder. For a moved one, each key's schedule is replaced by the new time's.
        What waits for the morning because of quiet hours stays: it reads the appointment again.
        """
        now = self._now()
        if appointment.is_cancelled:
            yield Unschedule(text_key(appointment.company_id, appointment.id))
        reminder = AppointmentReminder(
            company_id=appointment.company_id, appointment_id=appointment.id, start_time=appointment.start_time
        )
        for lead in self._leads:
            due = appointment.start_time - lead
            key = reminder_key(appointment.company_id, appointment.id, lead)
            if appointment.is_cancelled or due <= now:
                yield Unschedule(key)
            else:
                yield Schedule(APPOINTMENT_REMINDER, reminder, at=due, key=key)
