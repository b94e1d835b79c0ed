"""The benchmarks' messages as their types' functions get them: with the id from the ingress."""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.messages import APPOINTMENT, COMPANY, activity, booking, text

_STRIPES = Path(__file__).parents[1] / "stripe" / "invoice.payment_failed.json"

SIZES = {"small": "appointment.created", "middle": "booking.created", "large": "stripe.invoice.payment_failed"}
"""Three types by the size of their messages."""


def message(type_name: str, number: int = 0) -> dict[str, Any]:
    """A message of a type; the number makes it unique in its batch."""
    with_id = {"id": str(UUID(int=number + 1, version=4))}
    match type_name:
        case "booking.created" | "benchmark.booked":
            return with_id | booking(type=type_name)
        case "activity.record":
            return with_id | activity() | with_id
        case "stripe.invoice.payment_failed":
            return with_id | _fields(type_name, {"stripeEvent": json.loads(_STRIPES.read_text())})
    return with_id | _fields(type_name, {"appointmentId": APPOINTMENT})


def batch(type_name: str, size: int, **fields: Any) -> dict[str, Any]:
    """A batch of a type as Lambda's event source mapping passes it."""
    return {"Records": [_record(text(message(type_name, number) | fields), number) for number in range(size)]}


def _fields(type_name: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": type_name,
        "payload": {"companyId": COMPANY} | payload,
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
    }


def _record(body: str, number: int) -> dict[str, Any]:
    """A complete record as from SQS and Lambda (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    return {
        "messageId": str(UUID(int=number + 1_000_000, version=4)),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" * 5,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1776175200000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1776175200010",
            "MessageGroupId": COMPANY,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:booking-created",
        "awsRegion": "us-east-1",
    }
