"""Valid messages as a producer would send them."""

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


APPOINTMENT = "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11"
START = "2026-04-15T14:00:00Z"


def appointment(**changes: Any) -> dict[str, Any]:
    """An appointment as the CRM returns it."""
    return {
        "id": APPOINTMENT,
        "companyId": COMPANY,
        "companyName": "Café Zoë",
        "status": "booked",
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+14155550123", "locale": "en"},
        "service": "Haircut",
        "staff": "Grace",
        "startTime": START,
        "endTime": "2026-04-15T14:45:00Z",
        "timeZone": "Europe/Berlin",
    } | changes


def company_admins(*addresses: str) -> dict[str, Any]:
    """A company's admins as the CRM returns them."""
    admins = [
        {"id": f"admin-{number}", "name": f"Admin {number}", "email": address, "timeZone": "Europe/Berlin"}
        for number, address in enumerate(addresses)
    ]
    return {"companyName": "Café Zoë", "admins": admins}


def message(type_name: str, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "type": type_name,
        "payload": {"companyId": COMPANY} | payload,
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
        "id": f"{type_name}-1",
    } | changes


def reminder(**payload: Any) -> dict[str, Any]:
    return message("appointment.reminder", {"appointmentId": APPOINTMENT, "startTime": START} | payload)


def report(**payload: Any) -> dict[str, Any]:
    return message(
        "report.ready",
        {
            "reportId": "5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f",
            "companyName": "Café Zoë",
            "title": "Revenue, first quarter",
            "format": "pdf",
            "downloadUrl": "https://files.taly.dev/r/1?signature=abc",
            "expiresAt": "2026-04-21T14:00:00Z",
            "recipients": [{"email": "ada@example.com", "name": "Ada Lovelace", "timeZone": "Europe/Berlin"}],
        }
        | payload,
    )


def failed_payment(**payload: Any) -> dict[str, Any]:
    return message(
        "payment.failed",
        {
            "paymentId": "in_1MtHbELkdIwHu7ix",
            "invoice": "INV-2026-0042",
            "money": {"amount": 4900, "currency": "EUR"},
            "declineCode": "insufficient_funds",
            "attemptCount": 1,
        }
        | payload,
        version=2,
    )


def invited(**payload: Any) -> dict[str, Any]:
    return message(
        "user.invited",
        {
            "invitationId": "3c4d5e6f-5d0a-4b7e-8f3c-4c6d9e8f1a2b",
            "companyName": "Café Zoë",
            "email": "grace@example.com",
            "inviter": "Ada Lovelace",
            "acceptUrl": "https://app.taly.dev/invitations/accept?token=abc",
            "expiresAt": "2026-04-21T14:00:00Z",
        }
        | payload,
    )


def company_webhooks(*endpoints: str, **more: Any) -> dict[str, Any]:
    """A company's webhook endpoints with these ids as the CRM returns them."""
    return {
        "endpoints": [
            {"id": each, "url": f"https://{each}.test/hooks", "secrets": [SECRET]} | more for each in endpoints
        ]
    }


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 made up


def webhook(**payload: Any) -> dict[str, Any]:
    return message(
        "webhook.deliver",
        {
            "endpointId": "we_1",
            "event": "booking.created",
            "occurredAt": "2026-04-14T14:00:00Z",
            "data": {"bookingId": BOOKING, "companyName": "Café Zoë"},
        }
        | payload,
    )


def failing_endpoint(**payload: Any) -> dict[str, Any]:
    return message(
        "webhook.endpoint_failing",
        {
            "endpointId": "we_1",
            "failingSince": "2026-04-11T14:00:00Z",
            "lastAnswer": "the endpoint answered 503",
            "disabledFrom": "2026-04-16T14:00:00Z",
        }
        | payload,
    )


def disabled_endpoint(**payload: Any) -> dict[str, Any]:
    return message(
        "webhook.endpoint_disabled",
        {
            "endpointId": "we_1",
            "failingSince": "2026-04-11T14:00:00Z",
            "lastAnswer": "the endpoint answered 503",
            "gone": False,
        }
        | payload,
    )


def contact_email_status(**payload: Any) -> dict[str, Any]:
    return message(
        "contact.email_status",
        {
            "email": "ada@example.com",
            "status": "bounced",
            "reason": "the mailbox is unknown",
            "occurredAt": "2026-04-14T14:00:33.000Z",
        }
        | payload,
    )


def contact_sms_status(**payload: Any) -> dict[str, Any]:
    return message("contact.sms_status", {"phone": "+14155550123"} | payload)


def text(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)
