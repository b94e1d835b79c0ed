"""The email and the text message that remind a customer."""

from lambdas.common.texts import local_time, time_zones
from lambdas.common.texts.plain_text import one_line
from schemas.crm import Appointment
from schemas.emails import EmailSend, Recipient, Template
from schemas.sms import SmsSend

COMPANY = "your provider"
SERVICE = "your appointment"
STAFF = "our team"
"""Words for names that show nothing, or that the CRM does not say."""

_MAX_NAME = 30
"""Characters of a name in a text message: three such names fit in one segment if all characters are GSM-7."""


def email(appointment: Appointment, address: str) -> EmailSend:
    """Compose the email."""
    customer = appointment.customer
    return EmailSend(
        company_id=appointment.company_id,
        template=Template.APPOINTMENT_REMINDER,
        to=Recipient(email=address, name=customer.name, locale=customer.locale, time_zone=appointment.time_zone),
        company_name=appointment.company_name or COMPANY,
        values={
            "service": appointment.service or SERVICE,
            "staff": appointment.staff or STAFF,
            "startTime": appointment.start_time.isoformat(),
            "endTime": appointment.end_time.isoformat() if appointment.end_time else None,
        },
        subject_id=appointment.id,
        valid_until=appointment.start_time,
    )


def sms(appointment: Appointment, phone: str) -> SmsSend:
    """Compose the text message."""
    start = appointment.start_time.astimezone(time_zones.zone(appointment.time_zone))
    company, service, staff = map(_shortened, (appointment.company_name, appointment.service, appointment.staff))
    when = f"{start:%a} {start.day} {start:%b}, {local_time.time_of_day(start)}"
    text = f"{company or COMPANY}: reminder of {service or SERVICE} with {staff or STAFF} on {when}"
    return SmsSend(company_id=appointment.company_id, to=phone, text=text, valid_until=appointment.start_time)


def _shortened(name: str | None) -> str:
    """Shorten a name with three dots, because the GSM-7 alphabet has no ellipsis character."""
    line = one_line(name or "")
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME - 3].rstrip()}..."
