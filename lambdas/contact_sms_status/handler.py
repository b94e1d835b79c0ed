"""A contact's number that opted out of texts."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.contacts import CONTACT_SMS_STATUS, ContactSmsStatus
from schemas.message import Message


@job(CONTACT_SMS_STATUS)
def handler(contact: Message[ContactSmsStatus], crm: Crm) -> None:
    """Inform the CRM, which no longer gives the number as one for texts."""
    crm.report_sms_status(contact.payload, occurred_at=contact.timestamp, idempotency_key=contact.idempotency_key)
