"""The meaning of an endpoint's response for the webhook."""

from datetime import datetime
from http import HTTPStatus

from lambdas.common.clients.http.retry_after import wait_seconds
from lambdas.common.errors import NotDeliveredError, Skip
from lambdas.webhook_deliver.connection import EndpointResponse


class EndpointGoneError(NotDeliveredError):
    """The endpoint wants no more webhooks."""


class EndpointDisabled(Skip):
    """The endpoint is disabled, by what it answered or did not: the alarm about what the CRM answers stays off."""

    is_answer = False


def check_response(response: EndpointResponse, now: datetime) -> None:
    """Raise an error unless the endpoint accepted the webhook.

    Source: Standard Webhooks, "Delivery success and failure": any status that is no 2xx is tried again, but 410.

    Raises:
        EndpointGoneError: it answered 410.
        NotDeliveredError: it answered anything else that is no 2xx; its `Retry-After` is kept.
    """
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    text = f"the endpoint answered {status}"
    if status == HTTPStatus.GONE:
        raise EndpointGoneError(f"{text}: it is gone")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        text += ": redirects are not followed; give the CRM the address that it leads to"
    raise NotDeliveredError(text, after=wait_seconds(response.retry_after or "", now) or 0.0)
