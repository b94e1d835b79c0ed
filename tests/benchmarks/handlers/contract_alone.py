"""What bounds a cold start that validates by our contracts: pydantic reads the bodies, and nothing is said of it."""

from typing import Any

from schemas.bookings import BookingCreated
from schemas.message import Message

_BOOKING = Message[BookingCreated]


def handler(event: Any, _context: Any) -> Any:
    """Validate each record of a batch."""
    for record in event["Records"]:
        _BOOKING.model_validate_json(record["body"], by_alias=True, by_name=False)
    return {"batchItemFailures": []}
