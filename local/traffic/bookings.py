"""Customers book."""

import base64
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from local.standins.crm.state import CrmFailure, Facts
from local.standins.webhooks.state import Outage, Subscriber
from local.traffic.chance import Chance
from local.traffic.publication import Ending, MessageDraft, ending, succeeded
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER

_MAILED = succeeded(BOOKING_CREATED) + succeeded(EMAIL_SEND)


def confirmed(chance: Chance) -> MessageDraft:
    """A mail to the customer, an activity in the CRM."""
    payload = _payload(chance)
    return MessageDraft(
        event_type=BOOKING_CREATED,
        payload=payload,
        subject=payload["bookingId"],
        happened_at=chance.just_now(),
        endings=_MAILED + succeeded(ACTIVITY_RECORD),
    )


def crm_fails_once(chance: Chance) -> MessageDraft:
    """The activity is recorded at its second attempt."""
    return _failing(chance, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1), Outcome.RETRYING, Outcome.SUCCEEDED)


def crm_refuses(chance: Chance) -> MessageDraft:
    """The mail goes out; the activity is dead-lettered at once."""
    return _failing(chance, CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY), Outcome.DEAD_LETTERED)


def told_to_two(chance: Chance) -> MessageDraft:
    """Two of the company's own systems are told of it too, by a signed webhook each."""
    return _told(chance, None, succeeded(WEBHOOK_DELIVER), others=1)


def endpoint_is_busy_once(chance: Chance) -> MessageDraft:
    """The company's system asks for a second's patience, and is told then."""
    busy = Outage(HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="1")
    return _told(chance, busy, ending(WEBHOOK_DELIVER, Outcome.RETRYING, Outcome.SUCCEEDED))


def endpoint_is_gone(chance: Chance) -> MessageDraft:
    """One of two systems is no more, and says so: its webhook is dead-lettered at once, the other is told."""
    return _told(chance, Outage(HTTPStatus.GONE), ending(WEBHOOK_DELIVER, Outcome.DEAD_LETTERED), others=1)


def _told(chance: Chance, outage: Outage | None, webhooks: tuple[Ending, ...], *, others: int = 0) -> MessageDraft:
    """A booking of a company of its own, so that nobody else's booking is told to its endpoints."""
    booking, company = confirmed(chance), chance.uuid()
    subscribers = tuple(_subscriber(chance, company, nth, outage if nth == 0 else None) for nth in range(others + 1))
    return replace(
        booking,
        payload={**booking.payload, "companyId": company},
        facts=Facts(subscribers=subscribers),
        endings=booking.endings + webhooks + succeeded(WEBHOOK_DELIVER) * others,
    )


def _subscriber(chance: Chance, company: str, nth: int, outage: Outage | None) -> Subscriber:
    return Subscriber(
        endpoint_id=f"we_{chance.letters(16)}",
        company_id=company,
        event=BOOKING_CREATED.name,
        # While a secret is replaced there are two.
        secrets=tuple(_secret(chance) for _ in range(1 + nth % 2)),
        outage=outage,
    )


def _secret(chance: Chance) -> str:
    """24 bytes, as the specification asks at least."""
    return f"whsec_{base64.b64encode(chance.letters(24).encode()).decode()}"


def _failing(chance: Chance, failure: CrmFailure, *activity: Outcome) -> MessageDraft:
    booking = confirmed(chance)
    return replace(
        booking,
        facts=Facts(failures={booking.subject: failure}),
        endings=_MAILED + ending(ACTIVITY_RECORD, *activity),
    )


def _payload(chance: Chance) -> dict[str, Any]:
    company, customer = chance.company(), chance.person()
    start = chance.start(timedelta(days=1), timedelta(days=60))
    return {
        "companyId": company.id,
        "bookingId": chance.uuid(),
        "companyName": company.name,
        "customer": {
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "locale": customer.place.locale,
        },
        "service": chance.among(company.services),
        "staff": chance.among(company.staff),
        "startTime": chance.local_text(start, customer.place),
        "endTime": chance.text(start + timedelta(minutes=chance.among((30, 45, 90)))),
        "timeZone": customer.place.time_zone,
        **({"note": "Please ring twice 🔔"} if chance.whole(1, 10) == 1 else {}),
    }
