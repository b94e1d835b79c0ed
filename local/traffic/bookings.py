"""Customers book."""

import base64
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from local.standins.crm.state import CrmFailure, Facts
from local.standins.webhooks.state import Outage, Subscriber
from local.traffic.publication import DeliveryOutcome, MessageDraft, delivered, delivery_reports, succeeded
from local.traffic.sample_data import SampleData
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_ENDPOINT_DISABLED, WEBHOOK_FAN_OUT

_CONFIRMED = succeeded(BOOKING_CREATED) + succeeded(EMAIL_SEND) + succeeded(WEBHOOK_FAN_OUT)


def confirmed(sample: SampleData) -> MessageDraft:
    """One mail to the customer, one activity in the CRM."""
    payload = _payload(sample)
    return MessageDraft(
        event_type=BOOKING_CREATED,
        payload=payload,
        subject=payload["bookingId"],
        happened_at=sample.recent_time(),
        outcomes=_CONFIRMED + succeeded(ACTIVITY_RECORD),
    )


def crm_fails_once(sample: SampleData) -> MessageDraft:
    """The activity is recorded at the second call."""
    return _with_failing_crm(sample, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1), Outcome.SUCCEEDED)


def crm_refuses(sample: SampleData) -> MessageDraft:
    """The mail is sent; the activities about booking and mail are dead-lettered at the first attempt."""
    return _with_failing_crm(sample, CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY), Outcome.DEAD_LETTERED)


def one_webhook(sample: SampleData) -> MessageDraft:
    """The company's only endpoint gets a signed webhook, besides the mail and the activity."""
    return _with_webhooks(sample, None, succeeded(WEBHOOK_DELIVER))


def two_webhooks(sample: SampleData) -> MessageDraft:
    """Two of the company's endpoints get a signed webhook each, besides the mail and the activity."""
    return _with_webhooks(sample, None, succeeded(WEBHOOK_DELIVER), others=1)


def endpoint_is_busy_once(sample: SampleData) -> MessageDraft:
    """The endpoint replies 503 with Retry-After 1 s, and accepts the second try of the same attempt."""
    busy = Outage(HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="1")
    return _with_webhooks(sample, busy, succeeded(WEBHOOK_DELIVER))


def endpoint_is_gone(sample: SampleData) -> MessageDraft:
    """One of two endpoints replies 410: its webhook is skipped, and the CRM disables it; the other's is delivered."""
    skipped = delivered(WEBHOOK_DELIVER, Outcome.SKIPPED)
    return _with_webhooks(sample, Outage(HTTPStatus.GONE), skipped + succeeded(WEBHOOK_ENDPOINT_DISABLED), others=1)


def _with_webhooks(
    sample: SampleData, outage: Outage | None, webhooks: tuple[DeliveryOutcome, ...], *, others: int = 0
) -> MessageDraft:
    """A booking in a company without other bookings, so that its endpoints get only this one."""
    booking, company = confirmed(sample), sample.uuid()
    subscribers = tuple(_subscriber(sample, company, nth, outage if nth == 0 else None) for nth in range(others + 1))
    return replace(
        booking,
        payload={**booking.payload, "companyId": company},
        facts=Facts(subscribers=subscribers),
        outcomes=booking.outcomes + webhooks + succeeded(WEBHOOK_DELIVER) * others,
    )


def _subscriber(sample: SampleData, company: str, nth: int, outage: Outage | None) -> Subscriber:
    return Subscriber(
        endpoint_id=f"we_{sample.alphanumeric(16)}",
        company_id=company,
        event=BOOKING_CREATED.name,
        # While a secret is replaced there are two.
        secrets=tuple(_secret(sample) for _ in range(1 + nth % 2)),
        outage=outage,
    )


def _secret(sample: SampleData) -> str:
    """24 bytes, the minimum of the specification."""
    return f"whsec_{base64.b64encode(sample.alphanumeric(24).encode()).decode()}"


def _with_failing_crm(sample: SampleData, failure: CrmFailure, activity: Outcome) -> MessageDraft:
    booking = confirmed(sample)
    return replace(
        booking,
        facts=Facts(failures={booking.subject: failure}),
        outcomes=_CONFIRMED + delivered(ACTIVITY_RECORD, activity),
        reports=delivery_reports(_CONFIRMED, activity),
    )


def _payload(sample: SampleData) -> dict[str, Any]:
    company, customer = sample.company(), sample.person()
    start = sample.start_time(timedelta(days=1), timedelta(days=60))
    return {
        "companyId": company.id,
        "bookingId": sample.uuid(),
        "companyName": company.name,
        "customer": {
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "locale": customer.place.locale,
        },
        "service": sample.choice(company.services),
        "staff": sample.choice(company.staff),
        "startTime": sample.local_timestamp(start, customer.place),
        "endTime": sample.timestamp(start + timedelta(minutes=sample.choice((30, 45, 90)))),
        "timeZone": customer.place.time_zone,
        **({"note": "Please ring twice 🔔"} if sample.integer(1, 10) == 1 else {}),
    }
