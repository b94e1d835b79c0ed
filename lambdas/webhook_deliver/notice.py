"""What an endpoint is told."""

from pydantic import JsonValue

from schemas.message import TypeName
from schemas.webhooks import WebhookDeliver
from schemas.wire import Timestamp, WireModel


class _Notice(WireModel):
    """Source: Standard Webhooks, "Payload structure"."""

    type: TypeName
    timestamp: Timestamp
    """When it happened; when it is told stands in a header."""

    data: dict[str, JsonValue]


def notice(delivery: WebhookDeliver) -> bytes:
    """The body: the same bytes at each attempt."""
    told = _Notice(type=delivery.event, timestamp=delivery.occurred_at, data=delivery.data)
    return told.model_dump_json(by_alias=True).encode()
