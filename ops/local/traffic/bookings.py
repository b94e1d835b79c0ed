"""Customers book."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from ops.local.crm_books import Facts, Failure
from ops.local.traffic.chance import Chance
from ops.local.traffic.draft import Draft, ending, succeeded
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome

_MAILED = succeeded(BOOKING_CREATED) + succeeded(EMAIL_SEND)


def confirmed(chance: Chance) -> Draft:
    """A mail to the customer, an activity in the CRM."""
    payload = _payload(chance)
    return Draft(
        event_type=BOOKING_CREATED,
        payload=payload,
        subject=payload["bookingId"],
        happened_at=chance.just_now(),
        endings=_MAILED + succeeded(ACTIVITY_RECORD),
    )


def crm_fails_once(chance: Chance) -> Draft:
    """The activity is recorded at its second attempt."""
    return _failing(chance, Failure(HTTPStatus.SERVICE_UNAVAILABLE, times=1), Outcome.RETRYING, Outcome.SUCCEEDED)


def crm_refuses(chance: Chance) -> Draft:
    """The mail goes out; the activity is dead-lettered at once."""
    return _failing(chance, Failure(HTTPStatus.UNPROCESSABLE_ENTITY), Outcome.DEAD_LETTERED)


def _failing(chance: Chance, failure: Failure, *activity: Outcome) -> Draft:
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
