"""Webhooks to the systems that a company subscribed."""

from datetime import datetime
from http import HTTPStatus

from lambdas.common.clients import http_answers
from lambdas.common.clients.clock import Clock
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import PermanentError, Skip
from lambdas.common.handlers import job
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.notice import notice
from lambdas.webhook_deliver.posting import Webhooks
from lambdas.webhook_deliver.signing import signed
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver


@job(WEBHOOK_DELIVER)
def handler(delivery: Message[WebhookDeliver], crm: Crm, webhooks: Webhooks, clock: Clock) -> None:
    """Tell one endpoint of one event, signed; one that is no longer subscribed to it is told nothing."""
    wanted = delivery.payload
    subscribed = {endpoint.id: endpoint for endpoint in crm.webhooks(wanted.company_id, wanted.event)}
    endpoint = subscribed.get(wanted.endpoint_id)
    if endpoint is None:
        raise Skip("the endpoint is gone, or no longer subscribed to this event")
    body = notice(wanted)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Taly-Webhooks/1",
        **signed(delivery.id, clock.now(), body, endpoint.secrets),
    }
    judge(webhooks.post(endpoint.url, body, headers), clock.now())


def judge(answer: EndpointResponse, now: datetime) -> None:
    """Let pass what an endpoint answers that took the webhook.

    Source: Standard Webhooks, "Delivery success and failure".

    Raises:
        RetryableError: it may take it later.
        PermanentError: it will not.
    """
    text = f"the endpoint answered {answer.status}"
    if answer.status == HTTPStatus.GONE:
        raise PermanentError(f"{text}: it is gone; unsubscribe it in the CRM")
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise PermanentError(f"{text}: redirects are not followed; give the CRM the address that it leads to")
    http_answers.check(answer.status, answer.retry_after, text=text, now=now)
