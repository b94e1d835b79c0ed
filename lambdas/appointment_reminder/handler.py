"""The reminder of an appointment is due."""

from collections.abc import Iterator

from lambdas.appointment_reminder.texts import email, sms
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from schemas.sms import SMS_SEND


@reaction(APPOINTMENT_REMINDER)
def handler(reminder: Message[AppointmentReminder], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Remind the customer by email and SMS, unless the CRM shows the appointment cancelled, started or moved.

    A channel that cannot be read costs its own reminder. Where none is left, people must see it: nobody is reminded.
    """
    appointment = crm.appointment(reminder.payload.appointment_id, company_id=reminder.company_id)
    if appointment.is_cancelled:
        raise Skip("the appointment was cancelled")
    if reminders.are_too_late(appointment):
        raise Skip("the appointment has begun")
    if appointment.start_time != reminder.payload.start_time:
        yield from reminders.plan(appointment)
        raise Skip("the appointment was moved: its reminders are scheduled anew")
    if not (appointment.customer.email or appointment.customer.phone):
        if appointment.unreadable_channels:
            raise UnreadableError("the customer cannot be reached", appointment.unreadable_channels)
        raise Skip("the customer has neither an email address nor a phone number")
    yield from map(LeftOut, appointment.left_out)
    if appointment.customer.email:
        yield Emit(EMAIL_SEND, email(appointment, appointment.customer.email))
    if appointment.customer.phone:
        yield Emit(SMS_SEND, sms(appointment, appointment.customer.phone))
