"""Webhooks: what happened, told to the systems that a company subscribed."""

from typing import Annotated

from pydantic import Field, JsonValue

from schemas.event_type import Backoff, EventType, Kind, Needs
from schemas.message import TypeName
from schemas.wire import Payload, Personal, Reference, Timestamp

_EXAMPLE_DATA = {
    "bookingId": "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
    "service": "Haircut",
    "startTime": "2030-04-15T14:00:00Z",
}
"""Of a booking."""


class WebhookDeliver(Payload):
    """Tell one endpoint of one event. Its address and secrets are read from the CRM then, and stand in no message."""

    endpoint_id: Reference
    event: TypeName
    """The event's type, which the endpoint is subscribed to."""

    occurred_at: Timestamp
    data: Annotated[
        dict[str, JsonValue], Field(examples=[_EXAMPLE_DATA]), Personal("what the subscribed system is told, all of it")
    ]
    """What is told: the event's payload, as on the wire."""


WEBHOOK_DELIVER = EventType(
    "webhook.deliver",
    WebhookDeliver,
    Kind.JOB,
    needs={Needs.CRM, Needs.WEBHOOKS},
    # Others' systems are deployed and restarted, and are back within minutes: up to three quarters of an hour is
    # waited for them. What is away for longer is for people: the dead letter is redriven when it is back.
    max_attempts=8,
    backoff=Backoff(base=30),
)
