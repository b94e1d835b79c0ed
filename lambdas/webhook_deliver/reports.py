"""Report an endpoint's trouble: `webhook.endpoint_failing` and `webhook.endpoint_disabled`, straight on the bus."""

from datetime import datetime
from typing import Any

from lambdas.common.clients import outbox
from lambdas.common.clients.outbox import BusEntry, Receipt
from lambdas.webhook_deliver.breaker import disabled_from
from schemas.endpoints import EndpointState
from schemas.event_type import EventType
from schemas.identity import uuid_of
from schemas.message import AnyMessage
from schemas.names import SOURCE
from schemas.webhooks import (
    WEBHOOK_ENDPOINT_DISABLED,
    WEBHOOK_ENDPOINT_FAILING,
    WebhookEndpointDisabled,
    WebhookEndpointFailing,
)
from schemas.wire import Payload, timestamp


class Reports:
    """Publishes reports about endpoints on one bus."""

    def __init__(self, events: Any, bus_name: str) -> None:
        """Use boto3's client `events`."""
        self._events = events
        self._bus_name = bus_name

    def failing(self, state: EndpointState, parent: AnyMessage, now: datetime) -> Receipt:
        """Report that an endpoint fails and will be disabled. Return the bus's refusal; None: it took the report."""
        payload = WebhookEndpointFailing(
            company_id=state.company_id,
            endpoint_id=state.endpoint_id,
            failing_since=state.failing_since or now,
            last_answer=state.last_answer,
            disabled_from=disabled_from(state, now),
        )
        return self._publish(WEBHOOK_ENDPOINT_FAILING, payload, state, parent, now)

    def disabled(self, state: EndpointState, parent: AnyMessage, now: datetime, *, gone: bool) -> Receipt:
        """Report that an endpoint is disabled; `gone`: because it answered 410. Return the bus's refusal, or None."""
        payload = WebhookEndpointDisabled(
            company_id=state.company_id,
            endpoint_id=state.endpoint_id,
            failing_since=state.failing_since or now,
            last_answer=state.last_answer,
            gone=gone,
        )
        return self._publish(WEBHOOK_ENDPOINT_DISABLED, payload, state, parent, now)

    def _publish(
        self, event_type: EventType[Any], payload: Payload, state: EndpointState, parent: AnyMessage, now: datetime
    ) -> Receipt:
        """Put one event on the bus. Its id is that of the noted failure, of which there is one at a time."""
        failed_at = timestamp(state.failed_at or now)
        message = event_type.message_model(
            id=uuid_of(state.company_id, state.endpoint_id, failed_at, event_type.name),
            type=event_type.name,
            version=event_type.version,
            source=SOURCE,
            correlation_id=parent.correlation_id,
            causation_id=parent.id,
            hops=parent.hops + 1,
            timestamp=now,
            attempts=1,
            payload=payload,
        )
        body = message.model_dump_json(by_alias=True, ensure_ascii=True)
        (receipt,) = outbox.publish(self._events, self._bus_name, [BusEntry(message.id, event_type.name, SOURCE, body)])
        return receipt
