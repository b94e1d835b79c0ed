"""The email and the text message that remind a customer."""

from lambdas.common import local_time, time_zones
from lambdas.common.plain_text import one_line
from schemas.crm import Appointment
from schemas.emails import EmailSend, Recipient, Template
from schemas.sms import SmsSend

COMPANY = "your provider"
SERVICE = "your appointment"
STAFF = "our team"
"""Words for names that show nothing."""

_MAX_NAME = 30
"""Characters of a name in a text message: three such names fit in one segment if all characters are GSM-7."""


def email(appointment: Appointment, address: str) -> EmailSend:
    """Compose the email."""
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
    """Compose the text message.

    Raises:
        PermanentError: the appointment's time zone does not exist.
    """
    start = appointment.start_time.astimezone(time_zones.zone(appointment.time_zone))
    company, service, staff = map(_shortened, (appointment.company_name, appointment.service, appointment.staff))
    when = f"{start:%a} {start.day} {start:%b}, {local_time.time_of_day(start)}"
    text = f"{company or COMPANY}: reminder of {service or SERVICE} with {staff or STAFF} on {when}"
    return SmsSend(company_id=appointment.company_id, to=phone, text=text)


def _shortened(name: str) -> str:
    """Shorten a name with three dots, because the GSM-7 alphabet has no ellipsis character."""
    line = one_line(name)
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME - 3].rstrip()}..."
