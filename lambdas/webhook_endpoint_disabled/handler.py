"""A company's webhook endpoint is gone, or had no success for too long."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.webhooks import WEBHOOK_ENDPOINT_DISABLED, WebhookEndpointDisabled


@job(WEBHOOK_ENDPOINT_DISABLED)
def handler(disabled: Message[WebhookEndpointDisabled], crm: Crm) -> None:
    """Have the CRM disable the endpoint; the CRM records the activity and informs the company's admins."""
    crm.disable_endpoint(disabled.payload, disabled_at=disabled.timestamp, idempotency_key=disabled.idempotency_key)
