"""Appointments and their reminders."""

from datetime import datetime, timedelta
from typing import Any

from schemas.emails import EMAIL_SEND
from schemas.event_type import ITSELF, EventType, Kind, Needs
from schemas.sms import SMS_SEND
from schemas.wire import Channel, Count, Payload, Timestamp, Uuid


class AppointmentChanged(Payload):
    """Fields of a change to an appointment. Reactions read the appointment's current state from the CRM."""

    appointment_id: Uuid
    version: Count | None = None
    """The CRM's version of the appointment after this change; it counts the changes that events report on.

    With it, of two changes only the later one is mailed. Null: each change is mailed as the CRM shows the appointment.
    """


class AppointmentCreated(AppointmentChanged):
    """An appointment was created. The CRM backend sends it; the appointment's reminders are scheduled.

    The CRM's current state counts, so that this event may arrive after one about a later change.
    """


class AppointmentRescheduled(AppointmentChanged):
    """An appointment has another start. The CRM backend sends it; the customer gets a mail, and reminders anew.

    The CRM's current state counts, so that this event may arrive after one about a later change.
    """


class AppointmentCancelled(AppointmentChanged):
    """An appointment was cancelled. The CRM backend sends it; the customer gets a mail, and no more reminders.

    The CRM's current state counts: if the appointment takes place after all, there is no mail, and its reminders stay.
    """


class AppointmentReminder(Payload):
    """Remind a customer of an appointment. A schedule publishes it when it is due; the CRM backend may send it as well.

    The reaction reads the appointment from the CRM at that time: the reminder shows its current state.
    """

    appointment_id: Uuid
    start_time: Timestamp
    """Start of the appointment when the reminder was scheduled; another start in the CRM means it was rescheduled."""

    channel: Channel | None = None
    """The only channel by which to remind: `sms` after a bounced email, and in the morning after quiet hours. Null: by
    all that the customer wants."""

    def ends_at(self) -> datetime:
        """Return the appointment's start: nobody is reminded of what has begun."""
        return self.start_time


APPOINTMENT_REMINDER = EventType(
    "appointment.reminder",
    AppointmentReminder,
    Kind.REACTION,
    sent_by="the CRM backend",
    needs={Needs.CRM, Needs.REMINDERS, Needs.QUIET_HOURS, Needs.TEXTS},
    emits={EMAIL_SEND, SMS_SEND},
    schedules={ITSELF},
    subject="appointmentId",
    objective=timedelta(minutes=3),  # EventBridge Scheduler is only exact to the minute
)


def _changed(name: str, payload: type[AppointmentChanged], *emits: EventType[Any]) -> EventType[AppointmentChanged]:
    return EventType(
        name,
        payload,
        Kind.REACTION,
        sent_by="the CRM backend",
        needs={Needs.CRM, Needs.REMINDERS},
        emits=set(emits),
        schedules={APPOINTMENT_REMINDER},
        subject="appointmentId",
    )


APPOINTMENT_CREATED = _changed("appointment.created", AppointmentCreated)
APPOINTMENT_RESCHEDULED = _changed("appointment.rescheduled", AppointmentRescheduled, EMAIL_SEND)
APPOINTMENT_CANCELLED = _changed("appointment.cancelled", AppointmentCancelled, EMAIL_SEND)


def text_key(company_id: str, appointment_id: str) -> str:
    """Return the schedule key of a text that waits for the morning, such as `text/7d1f0a52-…/9b2d0c1e-…`.

    An appointment has one: of two reminders in one night, one text follows.
    """
    return f"text/{company_id}/{appointment_id}"


def reminder_key(company_id: str, appointment_id: str, lead: timedelta) -> str:
    """Return the schedule key of an appointment's reminder, such as `reminder/7d1f0a52-…/9b2d0c1e-…/24h`.

    Args:
        company_id: the tenant's id.
        appointment_id: the appointment's id.
        lead: time between reminder and start, in whole minutes.
    """
    minutes = round(lead.total_seconds() / 60)
    time_left = f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
    return f"reminder/{company_id}/{appointment_id}/{time_left}"
