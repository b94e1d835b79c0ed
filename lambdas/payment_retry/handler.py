"""A declined payment is tried again."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.payments import PAYMENT_RETRY, PaymentRetry


@job(PAYMENT_RETRY)
def handler(retry: Message[PaymentRetry], crm: Crm) -> None:
    """Ask the CRM to charge once more; where it is paid by now the CRM says so, and there is nothing to do."""
    crm.retry_payment(retry.payload, idempotency_key=retry.id)
