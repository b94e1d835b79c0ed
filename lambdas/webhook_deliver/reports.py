"""Report an endpoint's trouble: `webhook.endpoint_failing` and `webhook.endpoint_disabled`, straight on the bus."""

from datetime import datetime
from typing import Any

from lambdas.common.clients.outbox import EventBus, Receipt
from schemas.endpoints import EndpointState
from schemas.event_type import EventType
from schemas.identity import uuid_of
from schemas.message import AnyMessage
from schemas.webhooks import (
    WEBHOOK_ENDPOINT_DISABLED,
    WEBHOOK_ENDPOINT_FAILING,
    WebhookEndpointDisabled,
    WebhookEndpointFailing,
)
from schemas.wire import Payload, timestamp


class Reports:
    """Publishes reports about endpoints."""

    def __init__(self, bus: EventBus) -> None:
        """Publish on this bus."""
        self._bus = bus

    def failing(self, state: EndpointState, parent: AnyMessage, now: datetime) -> Receipt:
        """Report that an endpoint fails and will be disabled. Return the bus's refusal; None: it took the report."""
        payload = WebhookEndpointFailing(
            company_id=state.company_id,
            endpoint_id=state.endpoint_id,
            failing_since=state.failing_since or now,
            last_answer=state.last_answer,
            disabled_from=state.disabled_from(now),
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
        report_id = uuid_of(state.company_id, state.endpoint_id, failed_at, event_type.name)
        return self._bus.publish(event_type, payload, parent, id=report_id, causation_id=parent.id, now=now)
