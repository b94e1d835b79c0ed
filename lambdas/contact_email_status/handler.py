"""Mails to a contact's address do not arrive, or are not wanted."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.contacts import CONTACT_EMAIL_STATUS, ContactEmailStatus
from schemas.message import Message


@job(CONTACT_EMAIL_STATUS)
def handler(contact: Message[ContactEmailStatus], crm: Crm) -> None:
    """Tell the CRM, which shows it at the contact and asks for another address."""
    crm.report_email_status(contact.payload, idempotency_key=contact.idempotency_key)
