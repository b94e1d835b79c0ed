"""Payments are declined, as reported by the CRM or by Stripe's events."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.standins.crm.companies import ABANDONED, Company, admins_of
from local.standins.crm.state import Facts
from local.traffic.publication import DeliveryOutcome, ExpectedSchedule, MessageDraft, delivered, succeeded
from local.traffic.sample_data import SampleData
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import HARD_DECLINES, PAYMENT_FAILED, PAYMENT_RETRY, retry_key
from schemas.reasons import Outcome
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED

RECORDED = succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD)
"""Every declined payment is recorded."""

_SOFT_CODES = ("insufficient_funds", "do_not_honor", "card_velocity_exceeded", "a_code_of_tomorrow", None)

_AMOUNTS = (("EUR", 4900), ("USD", 129_00), ("GBP", 1), ("JPY", 5200), ("BRL", 1_234_567), ("KWD", 12_500))
"""In minor units: the yen has none, the Kuwaiti dinar a thousand."""

_STRIPE_SUCCEEDED = succeeded(STRIPE_INVOICE_PAYMENT_FAILED)

_STRIPE_AMOUNTS = (("eur", 4900), ("usd", 1000), ("jpy", 5200), ("kwd", 12_500), ("isk", 250_000))
"""In Stripe's minor units, which are hundredths for the Icelandic króna."""


def first_soft_decline(sample: SampleData) -> MessageDraft:
    """One activity; the retry is scheduled after the first delay."""
    return _with_scheduled_retry(_soft_decline(sample, attempt=1), sample)


def later_soft_decline(sample: SampleData) -> MessageDraft:
    """One activity; the retry is scheduled after one of the later delays."""
    return _with_scheduled_retry(_soft_decline(sample, attempt=sample.integer(2, len(sample.settings.dunning))), sample)


def retry_overdue(sample: SampleData) -> MessageDraft:
    """The message is so late that the retry is due: one activity, and the payment is retried at once."""
    return _overdue(sample, Outcome.SUCCEEDED)


def paid_meanwhile(sample: SampleData) -> MessageDraft:
    """The retry is due, but the CRM says that the payment is paid: the retry is skipped."""
    overdue = _overdue(sample, Outcome.SKIPPED)
    return replace(overdue, facts=Facts(paid=(overdue.subject,)))


def paid_before_the_mail(sample: SampleData) -> MessageDraft:
    """A retry would fail again, but the payment was made by other means: one activity, and no mail."""
    declined = _declined(sample, attempt=1, code="lost_card")
    outcomes = delivered(PAYMENT_FAILED, Outcome.SKIPPED) + succeeded(ACTIVITY_RECORD)
    return replace(declined, outcomes=outcomes, facts=Facts(paid=(declined.subject,)))


def hard_decline(sample: SampleData) -> MessageDraft:
    """A retry would fail again: one activity, and one mail to each admin."""
    return _with_admin_mails(_declined(sample, attempt=1, code=sample.choice(sorted(HARD_DECLINES))))


def attempts_exhausted(sample: SampleData) -> MessageDraft:
    """All attempts were made: one activity, and one mail to each admin."""
    return _with_admin_mails(_soft_decline(sample, attempt=len(sample.settings.dunning) + 1))


def without_admins(sample: SampleData) -> MessageDraft:
    """The company has no admin left: one activity, and no mail."""
    outcomes = delivered(PAYMENT_FAILED, Outcome.SKIPPED) + succeeded(ACTIVITY_RECORD)
    return replace(_declined(sample, attempt=1, code="lost_card", company=ABANDONED), outcomes=outcomes)


def stripe_retries(sample: SampleData) -> MessageDraft:
    """Stripe will retry: only one activity."""
    next_attempt = sample.now + timedelta(days=sample.integer(1, 5))
    failed = _stripe_event(sample, attempt=sample.integer(1, 3), next_attempt=int(next_attempt.timestamp()))
    return replace(failed, outcomes=_STRIPE_SUCCEEDED + succeeded(ACTIVITY_RECORD))


def stripe_attempts_exhausted(sample: SampleData) -> MessageDraft:
    """Neither Stripe nor we retry any more: `payment.failed`, one activity, and one mail to each admin."""
    failed = _with_stripes_admin_mails(_stripe_event(sample, attempt=1, next_attempt=None))
    return replace(failed, facts=Facts(retries={failed.subject: len(sample.settings.dunning)}))


def stripe_invoice_was_sent(sample: SampleData) -> MessageDraft:
    """The customer pays the invoice themselves, so nobody retries: one activity, and one mail to each admin."""
    return _with_stripes_admin_mails(
        _stripe_event(sample, attempt=1, next_attempt=None, collection_method="send_invoice")
    )


def stripe_was_paid_meanwhile(sample: SampleData) -> MessageDraft:
    """The invoice is paid by the time the event is read: it is skipped."""
    failed = _stripe_event(sample, attempt=1, next_attempt=None)
    outcomes = delivered(STRIPE_INVOICE_PAYMENT_FAILED, Outcome.SKIPPED)
    return replace(failed, outcomes=outcomes, facts=Facts(paid=(failed.subject,)))


def stripe_leaves_retry(sample: SampleData) -> MessageDraft:
    """Stripe does not retry, but we do: `payment.failed`, one activity, and a scheduled retry."""
    failed = _stripe_event(sample, attempt=1, next_attempt=None)
    # The delay counts from when our function ran, so the expected time is unknown.
    return replace(
        failed,
        schedules=(
            ExpectedSchedule(retry_key(failed.payload["companyId"], failed.subject, 2), None, PAYMENT_RETRY.name),
        ),
    )


def _soft_decline(sample: SampleData, *, attempt: int) -> MessageDraft:
    return _declined(sample, attempt=attempt, code=sample.choice(_SOFT_CODES))


def _with_scheduled_retry(declined: MessageDraft, sample: SampleData) -> MessageDraft:
    attempt = declined.payload["attemptCount"]
    at = declined.happened_at + sample.settings.dunning[attempt - 1]
    due = ExpectedSchedule(
        retry_key(declined.payload["companyId"], declined.subject, attempt + 1),
        at.replace(microsecond=0),
        PAYMENT_RETRY.name,
    )
    return replace(declined, schedules=(due,))


def _overdue(sample: SampleData, retry: Outcome) -> MessageDraft:
    late: MessageDraft = _soft_decline(sample, attempt=1)
    return replace(
        late,
        happened_at=late.happened_at - sample.settings.dunning[0],
        outcomes=(*RECORDED, *delivered(PAYMENT_RETRY, retry)),
    )


def _with_admin_mails(declined: MessageDraft) -> MessageDraft:
    admins = admins_of(declined.payload["companyId"]).admins
    mails: tuple[DeliveryOutcome, ...] = succeeded(EMAIL_SEND) * len(admins)
    return replace(declined, outcomes=RECORDED + mails)


def _with_stripes_admin_mails(failed: MessageDraft) -> MessageDraft:
    admins = admins_of(failed.payload["companyId"]).admins
    return replace(failed, outcomes=failed.outcomes + succeeded(EMAIL_SEND) * len(admins))


def _declined(sample: SampleData, *, attempt: int, code: str | None, company: Company | None = None) -> MessageDraft:
    currency, amount = sample.choice(_AMOUNTS)
    payment = f"in_{sample.alphanumeric(24)}"
    happened_at = sample.recent_time()
    return MessageDraft(
        event_type=PAYMENT_FAILED,
        payload={
            "companyId": (company or sample.company()).id,
            "paymentId": payment,
            "invoice": f"INV-{happened_at.year}-{sample.number:04}",
            "amount": amount,
            "currency": currency,
            **({"declineCode": code} if code or sample.integer(0, 1) else {}),
            "attemptCount": attempt,
        },
        subject=payment,
        happened_at=happened_at,
        outcomes=RECORDED,
    )


def _stripe_event(sample: SampleData, *, attempt: int, next_attempt: int | None, **fields: Any) -> MessageDraft:
    invoice, happened_at = f"in_{sample.alphanumeric(24)}", sample.recent_time()
    return MessageDraft(
        event_type=STRIPE_INVOICE_PAYMENT_FAILED,
        payload={
            "companyId": sample.company().id,
            "stripeEvent": {
                "id": f"evt_{sample.alphanumeric(24)}",
                "object": "event",
                "type": "invoice.payment_failed",
                "api_version": "2025-03-31.basil",
                "created": int(happened_at.timestamp()),
                "livemode": False,
                "data": {"object": _invoice(sample, invoice, attempt, next_attempt) | fields},
            },
        },
        subject=invoice,
        happened_at=happened_at,
        outcomes=_STRIPE_SUCCEEDED + succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD),
    )


def _invoice(sample: SampleData, id_: str, attempt: int, next_attempt: int | None) -> dict[str, Any]:
    currency, amount = sample.choice(_STRIPE_AMOUNTS)
    return {
        "id": id_,
        "object": "invoice",
        "number": f"{sample.alphanumeric(8).upper()}-{sample.number:04}",
        "status": "open",
        "currency": currency,
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": attempt,
        "attempted": True,
        "next_payment_attempt": next_attempt,
        "customer": f"cus_{sample.alphanumeric(14)}",
    }
