"""Messages of the simulated types, each with an id, an address and a phone number of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from tests.messages import COMPANY, activity, booking, email, message, webhook

OTHER_COMPANY = "a4f1c2d3-0b5e-4c7d-8e9f-1a2b3c4d5e6f"

Arrivals = Iterator[tuple[float, dict[str, Any]]]
"""When each message is published, in seconds."""


def message_of(type_name: str, number: int, company_id: str = COMPANY) -> dict[str, Any]:
    """A valid message; the same number gives the same message."""
    made = _MADE_BY[type_name](number)
    made["id"] = f"{type_name}-{number}"
    made["payload"]["companyId"] = company_id
    return made


def every(seconds: float, type_name: str, *, until: float, first: int = 0, company_id: str = COMPANY) -> Arrivals:
    """One message each so many seconds."""
    for number in range(int(until / seconds)):
        yield number * seconds, message_of(type_name, first + number, company_id)


def burst(count: int, type_name: str, *, within: float, company_id: str = COMPANY, first: int = 0) -> Arrivals:
    """Messages evenly within so many seconds."""
    for number in range(count):
        yield number * within / count, message_of(type_name, first + number, company_id)


def _email(number: int) -> dict[str, Any]:
    made = email()
    made["payload"]["to"]["email"] = f"customer-{number}@example.com"
    return made


def _booking(number: int) -> dict[str, Any]:
    made = booking()
    made["payload"]["bookingId"] = str(UUID(int=number + 1))
    return made


_MADE_BY: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "activity.record": lambda _number: activity(),
    "appointment.created": lambda number: message("appointment.created", {"appointmentId": str(UUID(int=number + 1))}),
    "booking.created": _booking,
    "email.send": _email,
    "report.generate": lambda number: message("report.generate", {"reportId": str(UUID(int=number + 1))}),
    "sms.send": lambda number: message(
        "sms.send", {"to": f"+49151{number:08}", "text": "Your appointment is tomorrow at 10:00."}
    ),
    "webhook.deliver": lambda _number: webhook(),
}
