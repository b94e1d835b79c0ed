"""Appointments: what was booked comes near."""

from datetime import timedelta

from schemas.emails import EMAIL_SEND
from schemas.event_type import ITSELF, EventType, Kind, Needs
from schemas.sms import SMS_SEND
from schemas.wire import Payload, Timestamp, Uuid


class AppointmentChanged(Payload):
    """Something became of an appointment. Whatever order such events arrive in, the CRM's present state decides."""

    appointment_id: Uuid


class AppointmentReminder(Payload):
    """Remind a customer of an appointment. What the reminder says is read from the CRM when it is due."""

    appointment_id: Uuid
    start_time: Timestamp
    """The start that this reminder was made for: where the CRM has another one by then, the appointment was moved."""


APPOINTMENT_REMINDER = EventType(
    "appointment.reminder",
    AppointmentReminder,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM, Needs.REMINDERS, Needs.TEXTS},
    emits={EMAIL_SEND, SMS_SEND},
    schedules={ITSELF},
    objective=timedelta(minutes=3),  # EventBridge Scheduler itself is exact to the minute
)

APPOINTMENT_CREATED = EventType(
    "appointment.created",
    AppointmentChanged,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM, Needs.REMINDERS},
    schedules={APPOINTMENT_REMINDER},
)

APPOINTMENT_RESCHEDULED = EventType(
    "appointment.rescheduled",
    AppointmentChanged,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM, Needs.REMINDERS},
    schedules={APPOINTMENT_REMINDER},
)

APPOINTMENT_CANCELLED = EventType(
    "appointment.cancelled",
    AppointmentChanged,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM, Needs.REMINDERS},
    schedules={APPOINTMENT_REMINDER},
)


def reminder_key(appointment_id: str, lead: timedelta) -> str:
    """The schedule key of an appointment's reminder, such as `reminder/0b7e3c52-…/24h`.

    Args:
        appointment_id: the appointment's.
        lead: how long before the start it is due, in whole minutes.
    """
    minutes = round(lead.total_seconds() / 60)
    return (
        f"reminder/{appointment_id}/{minutes // 60}h" if minutes % 60 == 0 else f"reminder/{appointment_id}/{minutes}m"
    )
