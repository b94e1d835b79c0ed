"""The email and the text message that remind a customer."""

from lambdas.common import appointments
from lambdas.common.texts.text_messages import reminder_text
from schemas.crm import Appointment
from schemas.emails import EmailSend, Template
from schemas.sms import SmsSend


def email(appointment: Appointment, address: str, *, texted: bool) -> EmailSend:
    """Compose the email; `texted`: the customer gets a text as well."""
    mail = appointments.email(Template.APPOINTMENT_REMINDER, appointment, address)
    return mail.model_copy(update={"unsubscribe_url": appointment.unsubscribe_url, "texted": texted})


def sms(appointment: Appointment, phone: str) -> SmsSend:
    """Compose the text message."""
    return SmsSend(
        company_id=appointment.company_id,
        to=phone,
        text=reminder_text(appointment),
        valid_until=appointment.start_time,
    )
