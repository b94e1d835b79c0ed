"""What a reaction wants to happen next, as data; the shared layer carries it out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.common.failures import PermanentError
from lambdas.common.outbox import BusEntry
from schemas.event_type import EventType
from schemas.identity import follow_up_id
from schemas.message import AnyMessage
from schemas.wire import Payload

SOURCE = "taly.queue-processor"


@dataclass(frozen=True, slots=True)
class Emit:
    """Put a message on the bus."""

    event_type: EventType[Any]
    payload: Payload
    discriminator: str = ""
    """Tells apart follow-ups of one type: the recipient's or endpoint's id."""


FollowUp = Emit


def bus_entries(
    follow_ups: Iterable[FollowUp], parent: AnyMessage, event_type: EventType[Any], now: datetime
) -> list[BusEntry]:
    """The messages of a reaction's follow-ups; run again, it gives them the same ids.

    Raises:
        PermanentError: the reaction emits what its type does not declare, or two follow-ups with one id.
    """
    entries = {}
    for emit in follow_ups:
        entry = _bus_entry(emit, parent, event_type, now)
        if entry.id in entries:
            raise PermanentError(f"{event_type.name} emits two {entry.type} with one discriminator: give each its own")
        entries[entry.id] = entry
    return list(entries.values())


def _bus_entry(emit: Emit, parent: AnyMessage, event_type: EventType[Any], now: datetime) -> BusEntry:
    emitted = emit.event_type
    if emitted not in event_type.emits:
        raise PermanentError(f"{event_type.name} emits {emitted.name} without declaring it: add it to its emits")
    message = emitted.message_model(
        id=follow_up_id(parent.id, emitted.name, emit.discriminator),
        type=emitted.name,
        version=emitted.version,
        source=SOURCE,
        correlation_id=parent.correlation_id,
        causation_id=parent.id,
        hops=parent.hops + 1,
        timestamp=now,
        attempts=1,
        payload=emit.payload,
    )
    # ASCII: U+FFFE and the like are fine in JSON as escapes, and refused by SQS as characters.
    body = message.model_dump_json(by_alias=True, ensure_ascii=True)
    return BusEntry(id=message.id, type=emitted.name, source=SOURCE, body=body)
