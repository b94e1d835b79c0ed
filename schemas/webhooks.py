"""Webhooks: events delivered to endpoints that a company subscribed."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, JsonValue

from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.endpoints import DELIVERY
from schemas.event_type import EventType, Kind, Needs, Thresholds
from schemas.message import TypeName
from schemas.wire import OwnWords, Payload, Personal, Reference, Timestamp

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


class _EndpointTrouble(Payload):
    """Fields of an endpoint that no longer takes its webhooks."""

    endpoint_id: Reference
    """Id of the endpoint, which is unique within its company."""

    failing_since: Annotated[Timestamp, Field(examples=["2030-04-10T14:00:00Z"])]
    """The first failure since the endpoint's last success."""

    last_answer: Annotated[OwnWords, Field(examples=["the endpoint answered 503"])]
    """How the last call failed."""


class WebhookEndpointFailing(_EndpointTrouble):
    """A webhook endpoint has had no success for three days: its company's admins are informed.

    `webhook.deliver` publishes it once for each such time.
    """

    disabled_from: Timestamp
    """From then on the endpoint is disabled, unless it succeeds before. The mails are not sent later than that."""

    def ends_at(self) -> datetime | None:
        """Return from when on the endpoint is disabled: a warning no longer helps."""
        return self.disabled_from


class WebhookEndpointDisabled(_EndpointTrouble):
    """Disable a webhook endpoint in the CRM: it answered 410 Gone, or had no success although its owner was warned.

    `webhook.deliver` publishes it once for each such time, two days after the warning, and at once for a 410. From then
    on it skips the endpoint's webhooks.
    """

    gone: bool
    """Whether the endpoint answered 410: it wants no more webhooks.

    Standard Webhooks, "Delivery success and failure".
    """


WEBHOOK_ENDPOINT_FAILING = EventType(
    "webhook.endpoint_failing",
    WebhookEndpointFailing,
    Kind.REACTION,
    sent_by="",
    needs={Needs.CRM},
    emits={EMAIL_SEND, ACTIVITY_RECORD},
    subject="endpointId",
)

WEBHOOK_ENDPOINT_DISABLED = EventType(
    "webhook.endpoint_disabled",
    WebhookEndpointDisabled,
    Kind.JOB,
    sent_by="",
    needs={Needs.CRM},
    subject="endpointId",
)

WEBHOOK_DELIVER = EventType(
    DELIVERY,
    WebhookDeliver,
    Kind.JOB,
    needs={Needs.CRM, Needs.WEBHOOKS},
    emits={WEBHOOK_ENDPOINT_FAILING, WEBHOOK_ENDPOINT_DISABLED},
    subject="endpointId",
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
    # hour that makes 20 (`lambdas/webhook_deliver/breaker.py`).
    max_concurrency=16,
    # A webhook that waits for its endpoint is 900 s old at the end of each round, which is no backlog of ours.
    thresholds=Thresholds(oldest=1_800),
)

WEBHOOK_FAN_OUT = EventType(
    "webhook.fan_out",
    WebhookFanOut,
    Kind.REACTION,
    sent_by="",
    needs={Needs.CRM},
    emits={WEBHOOK_DELIVER},
)
