"""The body of a webhook."""

from pydantic import JsonValue

from schemas.message import TypeName
from schemas.webhooks import WebhookDeliver
from schemas.wire import Timestamp, WireModel


class _WebhookBody(WireModel):
    """Source: Standard Webhooks, "Payload structure"."""

    type: TypeName
    timestamp: Timestamp
    """Time of the event; the time of the delivery attempt is in a header."""

    data: dict[str, JsonValue]


def webhook_body(webhook: WebhookDeliver) -> bytes:
    """Serialize the body of a webhook, to the same bytes on each attempt."""
    body = _WebhookBody(type=webhook.event, timestamp=webhook.occurred_at, data=webhook.data)
    return body.model_dump_json(by_alias=True).encode()
