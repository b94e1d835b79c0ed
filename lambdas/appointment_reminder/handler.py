"""The reminder of an appointment is due."""

from collections.abc import Iterator

from lambdas.appointment_reminder.texts import email, sms
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import Skip, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Schedule
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from lambdas.common.texts.quiet_hours import QuietHours
from schemas.appointments import APPOINTMENT_REMINDER, AppointmentReminder, text_key
from schemas.crm import Appointment
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from schemas.sms import SMS_SEND
from schemas.wire import Channel


class TextWouldComeTooLate(Skip):
    """The quiet hours last until the appointment begins. The CRM's answer is right: the alarm `skipping` stays off."""

    is_answer = False

    def __init__(self) -> None:
        """Say so."""
        super().__init__("the quiet hours last until the appointment begins")


@reaction(APPOINTMENT_REMINDER)
def handler(
    reminder: Message[AppointmentReminder], crm: Crm, reminders: Reminders, quiet_hours: QuietHours
) -> Iterator[FollowUp]:
    """Remind the customer by email and SMS, unless the CRM shows the appointment cancelled, started or moved.

    The customer's channels count. During the customer's quiet hours the text waits for the morning, the email does not.
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
    yield from map(LeftOut, appointment.left_out)
    contacts = _contacts(appointment, reminder.payload.channel)
    phone = contacts.get(Channel.SMS)
    text = _text(appointment, phone, quiet_hours) if phone else None
    if address := contacts.get(Channel.EMAIL):
        yield Emit(EMAIL_SEND, email(appointment, address, texted=text is not None))
    if text:
        yield text
    elif phone:
        too_late = TextWouldComeTooLate()
        if not address:
            raise too_late
        yield LeftOut(f"the text: {too_late}")


def _contacts(appointment: Appointment, only: Channel | None) -> dict[Channel, str]:
    """Return address and phone number by which to remind the customer.

    Raises:
        Skip: there is none, or the customer wants none.
        UnreadableError: there is none that can be read.
    """
    customer = appointment.customer
    known = {Channel.EMAIL: customer.email, Channel.SMS: customer.phone}
    wanted = [channel for channel in known if customer.wants(channel) and only in {None, channel}]
    contacts = {channel: found for channel in wanted if (found := known[channel])}
    if contacts:
        return contacts
    if wanted and (unreadable := appointment.unreadable_contacts(wanted)):
        raise UnreadableError("the customer cannot be reached", unreadable)
    if any(known.values()):
        raise Skip("the CRM has no contact details of the customer for a channel that is wanted")
    raise Skip("the customer has neither an email address nor a phone number")


def _text(appointment: Appointment, phone: str, quiet_hours: QuietHours) -> Emit | Schedule | None:
    """Return the text, or the schedule that sends it in the morning; None where it would come too late.

    The morning's reminder reads the appointment again, so that a schedule holds neither number nor text.
    """
    morning = quiet_hours.wait_until(appointment.time_zone)
    if morning is None:
        return Emit(SMS_SEND, sms(appointment, phone))
    if morning >= appointment.start_time:
        return None
    reminder = AppointmentReminder(
        company_id=appointment.company_id,
        appointment_id=appointment.id,
        start_time=appointment.start_time,
        channel=Channel.SMS,
    )
    return Schedule(APPOINTMENT_REMINDER, reminder, at=morning, key=text_key(appointment.company_id, appointment.id))
