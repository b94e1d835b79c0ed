"""One webhook to one subscribed endpoint."""

from datetime import datetime
from http import HTTPStatus

from lambdas.common.clients import http_responses
from lambdas.common.clients.clock import Clock
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import PermanentError, Skip, UnreadableError
from lambdas.common.handlers import job
from lambdas.webhook_deliver.body import webhook_body
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.posting import Webhooks
from lambdas.webhook_deliver.signing import signed
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver


@job(WEBHOOK_DELIVER)
def handler(delivery: Message[WebhookDeliver], crm: Crm, webhooks: Webhooks, clock: Clock) -> None:
    """Post one signed event to one endpoint; skip an endpoint that is no longer subscribed to the event."""
    webhook = delivery.payload
    company = crm.webhooks(webhook.company_id, webhook.event)
    endpoint = next((each for each in company.endpoints if each.id == webhook.endpoint_id), None)
    if endpoint is None and company.rows_left_out:
        raise UnreadableError("the endpoint may be one of those that cannot be read", company.left_out)
    if endpoint is None:
        raise Skip("the endpoint was deleted, or is no longer subscribed to this event")
    if not endpoint.url:
        raise PermanentError("the endpoint has no address in the CRM: give it one there, then redrive")
    body = webhook_body(webhook)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Taly-Webhooks/1",
        **signed(delivery.id, clock.now(), body, endpoint.secrets),
    }
    check_response(webhooks.post(endpoint.url, body, headers), clock.now())


def check_response(response: EndpointResponse, now: datetime) -> None:
    """Raise an error unless the endpoint accepted the webhook.

    Source: Standard Webhooks, "Delivery success and failure".

    Raises:
        RetryableError: the endpoint may accept the webhook later.
        PermanentError: the endpoint will not accept the webhook.
    """
    text = f"the endpoint answered {response.status}"
    if response.status == HTTPStatus.GONE:
        raise PermanentError(f"{text}: it is gone; unsubscribe it in the CRM")
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        raise PermanentError(f"{text}: redirects are not followed; give the CRM the address that it leads to")
    http_responses.raise_for_status(response.status, response.retry_after, text=text, now=now)
