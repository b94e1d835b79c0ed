"""Producers' messages come in by the ingress queue."""

from lambdas.common.clients.outbox import BusEntry
from lambdas.queue_processor.ingress import ingress
from schemas.message import AnyMessage
from schemas.names import INGRESS_SOURCE


@ingress
def handler(message: AnyMessage, body: str) -> BusEntry:
    """Put a valid message on the bus as it came, with its id. The event's source is ours: the message's is a claim."""
    return BusEntry(message.id, message.type, INGRESS_SOURCE, with_id(body, message))


def with_id(body: str, message: AnyMessage) -> str:
    """Add a derived id to a body, so that no later function has to derive it; every other byte stays."""
    if "id" in message.model_fields_set:
        return body
    before, after = body.split("{", 1)
    return f'{before}{{"id":"{message.id}",{after}'
