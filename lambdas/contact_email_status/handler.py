"""A contact's email address that mails do not reach, or whose owner does not want them."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.contacts import CONTACT_EMAIL_STATUS, ContactEmailStatus
from schemas.message import Message


@job(CONTACT_EMAIL_STATUS)
def handler(contact: Message[ContactEmailStatus], crm: Crm) -> None:
    """Inform the CRM, which shows it at the contact and asks for another address."""
    crm.report_email_status(contact.payload, idempotency_key=contact.idempotency_key)
