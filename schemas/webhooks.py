"""Webhooks: events delivered to endpoints that a company subscribed."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, JsonValue

from schemas.event_type import EventType, Kind, Needs
from schemas.message import TypeName
from schemas.wire import Payload, Personal, Reference, Timestamp

_EXAMPLE_DATA = {
    "bookingId": "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
    "service": "Haircut",
    "startTime": "2030-04-15T14:00:00Z",
}


class _WebhookEvent(Payload):
    """Fields of an event that webhooks tell about."""

    event: TypeName
    """Type of the event; an endpoint must subscribe to it."""

    occurred_at: Timestamp
    """When the event happened."""

    data: Annotated[dict[str, JsonValue], Field(examples=[_EXAMPLE_DATA]), Personal("body of the webhook")]
    """The event's payload, as on the wire."""


class WebhookFanOut(_WebhookEvent):
    """Deliver one event to each of the company's endpoints that subscribe to it. `booking.created` emits it.

    The endpoints are read from the CRM by a reaction of their own: while the CRM is down, only the webhooks wait.
    """


class WebhookDeliver(_WebhookEvent):
    """Deliver one event to one webhook endpoint. Any service may send it, and `webhook.fan_out` emits it.

    The job reads address and secrets of the endpoint from the CRM, so that no message contains them.
    """

    endpoint_id: Reference


WEBHOOK_DELIVER = EventType(
    "webhook.deliver",
    WebhookDeliver,
    Kind.JOB,
    needs={Needs.CRM, Needs.WEBHOOKS},
    # Nine tries in two days. Standard Webhooks, "Retry schedule", asks for tries over days.
    delivery_delays=(
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=10),
        timedelta(hours=24),
    ),
    # An endpoint that stops answering gets so many calls before the first is noted. With the four probes of the next
    # hour that makes 20 (`lambdas/webhook_deliver/endpoints.py`).
    max_concurrency=16,
)

WEBHOOK_FAN_OUT = EventType(
    "webhook.fan_out",
    WebhookFanOut,
    Kind.REACTION,
    sent_by="",
    needs={Needs.CRM},
    emits={WEBHOOK_DELIVER},
)
