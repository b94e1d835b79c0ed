"""A declined payment is to be charged again."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.payments import PAYMENT_RETRY, PaymentRetry


@job(PAYMENT_RETRY)
def handler(retry: Message[PaymentRetry], crm: Crm) -> None:
    """Ask the CRM to charge the payment again; skip the job if the CRM answers that it is already paid."""
    crm.retry_payment(retry.payload, idempotency_key=retry.idempotency_key)
