"""The email and the text message that remind a customer."""

from lambdas.common.texts.text_messages import reminder_text
from schemas.crm import Appointment
from schemas.emails import EmailSend, Recipient, Template
from schemas.sms import SmsSend


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
            "endTime": appointment.end_time.isoformat() if appointment.end_time else None,
        },
        valid_until=appointment.start_time,
    )


def sms(appointment: Appointment, phone: str) -> SmsSend:
    """Compose the text message."""
    return SmsSend(
        company_id=appointment.company_id,
        to=phone,
        text=reminder_text(appointment),
        valid_until=appointment.start_time,
    )
