"""What a reminder says."""

from lambdas.common import local_time, time_zones
from schemas.crm import Appointment
from schemas.emails import EmailSend, Recipient, Template
from schemas.sms import SmsSend

_LONGEST_NAME = 30
"""Characters of a name in a text message: with three of them it stays within one segment, where their letters allow."""


def email(appointment: Appointment, address: str) -> EmailSend:
    """The mail."""
    customer = appointment.customer
    return EmailSend(
        company_id=appointment.company_id,
        template=Template.APPOINTMENT_REMINDER,
        to=Recipient(email=address, name=customer.name, locale=customer.locale, time_zone=appointment.time_zone),
        company_name=appointment.company_name,
        values={
            "service": appointment.service,
            "staff": appointment.staff,
            "startTime": appointment.start_time.isoformat(),
            "endTime": appointment.end_time.isoformat(),
        },
    )


def sms(appointment: Appointment, phone: str) -> SmsSend:
    """The text message.

    Raises:
        PermanentError: nobody knows the appointment's time zone.
    """
    start = appointment.start_time.astimezone(time_zones.zone(appointment.time_zone))
    company, service, staff = map(_short, (appointment.company_name, appointment.service, appointment.staff))
    when = f"{start:%a} {start.day} {start:%b}, {local_time.time_of_day(start)}"
    return SmsSend(
        company_id=appointment.company_id, to=phone, text=f"{company}: reminder of {service} with {staff} on {when}"
    )


def _short(name: str) -> str:
    """Cut with three dots: the one character for them is not of the GSM alphabet."""
    line = " ".join(name.split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 3].rstrip()}..."
