"""Making messages that their contract takes: what is wrong is said before anything is sent."""

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
    """No message can be made of this. The text says where and why, and shows no value: values may be personal."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(f"{refused.reason.value}: {refused.sentence()}")
        self.refusal = refused
        """The reason and each problem by itself; `refusal.sentence(reveal=True)` shows the values too."""


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
    """A message that is ready to be sent, and to be sent again as it is: its id and its time are fixed.

    Args:
        event_type: such as `schemas.bookings.BOOKING_CREATED`.
        payload: its model, or JSON values named as on the wire (`bookingId`, times as text).
        source: who publishes, such as `taly.backend`.
        id: by it the message is known, and done once; a UUID is made where none is given. Give one that follows from
            what happened, such as your outbox row's, and whatever sends it twice does no harm.
        timestamp: when it happened, aware; now where none is given.
        attempts: 2 for a job that the service has tried once itself.
        version: of the payload's contract; the newest that this package knows where none is given.
        correlation_id: the id of the first message of the chain, where this is not the first.
        causation_id: the id of the message that caused this one, if one did.

    Raises:
        InvalidMessageError: the contract refuses it, or it is larger than the event bus takes.
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
        too_large = f"it has {entry.bus_size:,} bytes with its source and type; the event bus takes {BUS_LIMIT:,}"
        raise InvalidMessageError(refusal(Reason.TOO_LARGE, too_large))
    return entry


def wire_time(moment: datetime) -> str:
    """An instant as a message's timestamp: UTC, to the millisecond, `2026-04-14T14:00:00.000Z`.

    Raises:
        InvalidMessageError: it has no time zone, so that nobody knows when it is.
    """
    if moment.tzinfo is None:
        clause = "has no time zone: give an aware datetime, such as datetime.now(UTC)"
        raise InvalidMessageError(refusal(Reason.INVALID_ENVELOPE, clause, path="timestamp"))
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(fields: Mapping[str, Any]) -> str:
    """ASCII: U+FFFE and the like are fine in JSON as escapes, and refused by SQS as characters."""
    try:
        return json.dumps(fields, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        clause = f"{error}: give JSON values as on the wire, or the type's model"
        raise InvalidMessageError(refusal(Reason.INVALID_JSON, clause)) from None
