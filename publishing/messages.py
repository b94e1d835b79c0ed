"""Build valid messages: problems are reported before anything is sent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from publishing.doors import BUS_LIMIT, Entry
from schemas.decoding import decode_strictly
from schemas.event_type import EventType
from schemas.message import P
from schemas.problems import Refusal, refusal
from schemas.reasons import Reason


class InvalidMessageError(ValueError):
    """The message would be invalid. The text says where and why, without values, since these may be personal."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(f"{refused.reason.value}: {refused.sentence()}")
        self.refusal = refused
        """The reason and the problems; `refusal.sentence(reveal=True)` includes the values."""


def message(  # noqa: PLR0913 one parameter a field of the message
    event_type: EventType[P],
    payload: P | Mapping[str, Any],
    *,
    source: str,
    id: str | None = None,  # noqa: A002 the field's name
    timestamp: datetime | None = None,
    attempts: int = 1,
    version: int | None = None,
    correlation_id: str | None = None,
    causation_id: str | None = None,
) -> Entry:
    """Build a message. Its id and timestamp are fixed, so that it can safely be sent again.

    Args:
        event_type: the event type, such as `schemas.bookings.BOOKING_CREATED`.
        payload: the payload's model, or JSON values with names as on the wire (`bookingId`, times as text).
        source: the service that publishes, such as `taly.backend`.
        id: id for deduplication; a new UUID by default. With an id of the event itself, such as that of your outbox's
            row, a message that is sent twice has no second effect.
        timestamp: when it happened, with a time zone; now by default.
        attempts: 2 for a job that the service has already tried once.
        version: version of the payload's contract; by default the newest in this package.
        correlation_id: id of the first message of the chain, where this is not the first.
        causation_id: id of the message that caused this one, if any.

    Raises:
        InvalidMessageError: the contract refuses the message, or it is larger than the event bus accepts.
    """
    fields = {
        "id": str(uuid4()) if id is None else id,
        "type": event_type.name,
        "version": event_type.version if version is None else version,
        "timestamp": wire_time(datetime.now(UTC) if timestamp is None else timestamp),
        "attempts": attempts,
        "source": source,
        "correlationId": correlation_id,
        "causationId": causation_id,
        "payload": payload if isinstance(payload, Mapping) else payload.model_dump(mode="json", by_alias=True),
    }
    body = _json({name: value for name, value in fields.items() if value is not None})
    read = decode_strictly(body, catalogue={event_type.name: event_type})
    if isinstance(read, Refusal):
        raise InvalidMessageError(read)
    entry = Entry(body=body, type=event_type.name, source=source, group=read.company_id, id=read.id)
    if entry.bus_size > BUS_LIMIT:
        too_large = f"it has {entry.bus_size:,} bytes with its source and type; the event bus accepts {BUS_LIMIT:,}"
        raise InvalidMessageError(refusal(Reason.TOO_LARGE, too_large))
    return entry


def wire_time(moment: datetime) -> str:
    """Format an instant for a message: UTC with milliseconds, such as `2026-04-14T14:00:00.000Z`.

    Raises:
        InvalidMessageError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        clause = "has no time zone: give an aware datetime, such as datetime.now(UTC)"
        raise InvalidMessageError(refusal(Reason.INVALID_ENVELOPE, clause, path="timestamp"))
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(fields: Mapping[str, Any]) -> str:
    """Write ASCII: SQS refuses characters such as U+FFFE and accepts their escapes."""
    try:
        return json.dumps(fields, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        clause = f"{error}: give JSON values as on the wire, or the type's model"
        raise InvalidMessageError(refusal(Reason.INVALID_JSON, clause)) from None
