"""One webhook to one subscribed endpoint."""

from lambdas.common.clients.clock import Clock
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import NotDeliveredError, Skip, UnreadableError
from lambdas.common.handlers import job
from lambdas.webhook_deliver.answers import check_response
from lambdas.webhook_deliver.body import webhook_body
from lambdas.webhook_deliver.endpoints import Endpoints
from lambdas.webhook_deliver.posting import Webhooks
from lambdas.webhook_deliver.signing import signed
from schemas.crm import WebhookEndpoint
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver


@job(WEBHOOK_DELIVER, gate=Endpoints)
def handler(
    delivery: Message[WebhookDeliver], crm: Crm, webhooks: Webhooks, clock: Clock, endpoints: Endpoints
) -> None:
    """Post one signed event to one endpoint; skip an endpoint that is disabled, or not subscribed to the event."""
    webhook = delivery.payload
    company = crm.webhooks(webhook.company_id, webhook.event)
    endpoint = next((each for each in company.endpoints if each.id == webhook.endpoint_id), None)
    if endpoint is None and company.rows_left_out:
        raise UnreadableError("the endpoint may be one of those that cannot be read", company.left_out)
    if endpoint is None:
        endpoints.not_listed(delivery)
        raise Skip("the endpoint was deleted, or is no longer subscribed to this event")
    endpoints.require_enabled(delivery, endpoint.enabled_at)
    try:
        _post(delivery, endpoint, webhooks, clock)
    except NotDeliveredError as error:
        endpoints.failed(delivery, error)
    else:
        endpoints.succeeded(delivery)


def _post(delivery: Message[WebhookDeliver], endpoint: WebhookEndpoint, webhooks: Webhooks, clock: Clock) -> None:
    """Post the event once. All that the endpoint is and does is its owner's to correct, and costs no attempt."""
    if not endpoint.url:
        raise NotDeliveredError("the endpoint has no address in the CRM: give it one there")
    body = webhook_body(delivery.payload)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Taly-Webhooks/1",
        **signed(delivery.id, clock.now(), body, endpoint.secrets),
    }
    check_response(webhooks.post(endpoint.url, body, headers), clock.now())
