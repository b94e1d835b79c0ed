"""Mails about an appointment, by the state that it has in the CRM."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import RetryableError, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Note
from lambdas.common.reminders import Reminders
from schemas.appointments import AppointmentChanged
from schemas.crm import Appointment
from schemas.emails import EMAIL_SEND, EmailSend, Recipient, Template
from schemas.message import Message
from schemas.wire import Channel

COMMIT_SECONDS = 30
"""Seconds that the CRM may take to commit a change of an appointment after it published the event."""


def email(template: Template, appointment: Appointment, address: str) -> EmailSend:
    """Compose a mail about an appointment. It is too late for it once the appointment has begun."""
    customer = appointment.customer
    return EmailSend(
        company_id=appointment.company_id,
        template=template,
        to=Recipient(email=address, name=customer.name, locale=customer.locale, time_zone=appointment.time_zone),
        company_name=appointment.company_name,
        values={
            "appointmentId": appointment.id,
            "version": appointment.version,
            "service": appointment.service,
            "staff": appointment.staff,
            "startTime": appointment.start_time.isoformat(),
            "endTime": appointment.end_time.isoformat() if appointment.end_time else None,
        },
        subject_id=appointment.id,
        reply_to=appointment.company_email,
        valid_until=appointment.start_time,
    )


def changed(event: Message[AppointmentChanged], crm: Crm) -> Appointment:
    """Read an appointment from the CRM as it is after a change.

    Raises:
        RetryableError: the CRM does not show the change yet: its event overtook the transaction.
        Skip: there is no such appointment.
    """
    found = crm.appointment(event.payload.appointment_id, company_id=event.company_id)
    if event.payload.version is not None and found.version is not None and found.version < event.payload.version:
        raise RetryableError("the CRM does not show this change of the appointment yet", retry_after=COMMIT_SECONDS)
    return found


def mail_change(
    template: Template, event: Message[AppointmentChanged], appointment: Appointment, reminders: Reminders
) -> Iterator[FollowUp]:
    """Mail a change to the customer, unless a later change will be mailed, or the appointment has begun.

    Raises:
        UnreadableError: the customer has no phone number, and an address that cannot be read: people must see it.
    """
    version, customer = event.payload.version, appointment.customer
    if version is not None and appointment.version is not None and appointment.version > version:
        yield Note("no mail: the appointment was changed again, and the event about that sends one")
        return
    if reminders.are_too_late(appointment):
        yield Note("no mail: the appointment has begun")
        return
    yield from map(LeftOut, appointment.left_out)
    if not customer.wants(Channel.EMAIL):
        yield LeftOut("customer.channels: the customer wants no mail, so the change is not mailed")
    elif customer.email:
        yield Emit(EMAIL_SEND, email(template, appointment, customer.email))
    elif not customer.phone and (unreadable := appointment.unreadable_contacts([Channel.EMAIL])):
        raise UnreadableError("the customer cannot be reached", unreadable)
    else:
        yield LeftOut("customer.email: the CRM knows no address that the change could be mailed to")
