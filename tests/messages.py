"""Valid messages, as a producer would send them."""

import json
from typing import Any

COMPANY = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"
BOOKING = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"


def booking_payload(**changes: Any) -> dict[str, Any]:
    return {
        "companyId": COMPANY,
        "bookingId": BOOKING,
        "companyName": "Café Zoë",
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+14155550123", "locale": "en"},
        "service": "Haircut",
        "staff": "Grace",
        "startTime": "2026-04-15T14:00:00Z",
        "endTime": "2026-04-15T14:45:00Z",
        "timeZone": "Europe/Berlin",
    } | changes


def booking(*, payload: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "type": "booking.created",
        "payload": booking_payload() if payload is None else payload,
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
    } | changes


def email(**changes: Any) -> dict[str, Any]:
    return {
        "type": "email.send",
        "payload": {
            "companyId": COMPANY,
            "template": "booking_confirmation",
            "to": {"email": "ada@example.com", "name": "Ada Lovelace", "timeZone": "Europe/Berlin"},
            "companyName": "Café Zoë",
            "values": {
                "service": "Haircut",
                "staff": "Grace",
                "startTime": "2026-04-15T14:00:00Z",
                "endTime": "2026-04-15T14:45:00Z",
            },
        },
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
        "id": "email-1",
    } | changes


def activity(**changes: Any) -> dict[str, Any]:
    return {
        "type": "activity.record",
        "payload": {
            "companyId": COMPANY,
            "activity": "booking.created",
            "subjectId": BOOKING,
            "summary": "Haircut with Grace",
            "occurredAt": "2026-04-14T14:00:00Z",
        },
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
        "id": "activity-1",
    } | changes


def text(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)
