"""When a customer is reminded of an appointment."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from lambdas.common.follow_ups import FollowUp, Schedule, Unschedule
from lambdas.common.runtime import Runtime
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder, reminder_key
from schemas.crm import Appointment
from schemas.environment import durations
from schemas.event_type import Needs


class Reminders:
    """The stage's rule for reminders."""

    need: ClassVar[Needs] = Needs.REMINDERS

    def __init__(self, leads: Sequence[timedelta], now: Callable[[], datetime]) -> None:
        """Remind so long before the start."""
        self._leads = leads
        self._now = now

    @classmethod
    def connect(cls, runtime: Runtime) -> "Reminders":
        """The stage's leads."""
        return cls(durations(runtime.environment.reminder_leads), runtime.now)

    def come_too_late(self, appointment: Appointment) -> bool:
        """Whether the appointment has begun."""
        return appointment.start_time <= self._now()

    def of(self, appointment: Appointment) -> Iterator[FollowUp]:
        """What is to stand from now on: the reminders of this start that are still to come, and no others.

        Of a cancelled appointment none; of one that was moved none for its old start.
        """
        now = self._now()
        reminder = AppointmentReminder(
            company_id=appointment.company_id, appointment_id=appointment.id, start_time=appointment.start_time
        )
        for lead in self._leads:
            due = appointment.start_time - lead
            key = reminder_key(appointment.id, lead)
            if appointment.is_cancelled or due <= now:
                yield Unschedule(key)
            else:
                yield Schedule(APPOINTMENT_REMINDER, reminder, at=due, key=key)
