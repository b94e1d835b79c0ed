"""Stripe could not collect an invoice: `payment.failed` when Stripe gives up, an activity alone until then."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import Skip
from lambdas.common.follow_ups import Emit, LeftOut
from lambdas.stripe_invoice_payment_failed.handler import handler
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.payments import PAYMENT_FAILED, Money, PaymentFailed
from schemas.stripe import StripeInvoicePaymentFailed
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import COMPANY, text
from tests.stripe.events import GIVEN_UP, INVOICE_ID, VERSIONS, invoice, stripe_event, uncollected
from tests.stripe.payments import FakePayments


def decide(of: dict[str, Any], crm: FakePayments | None = None, **event: Any) -> Emit:
    message = Message[StripeInvoicePaymentFailed].model_validate_json(text(uncollected(stripe_event(of, **event))))
    (follow_up,) = handler.decide(message, crm=crm or FakePayments(retries=0)) or ()
    assert isinstance(follow_up, Emit)
    return follow_up


def recorded(of: dict[str, Any], **event: Any) -> ActivityRecord:
    follow_up = decide(of, **event)
    assert follow_up.event_type is ACTIVITY_RECORD
    assert isinstance(follow_up.payload, ActivityRecord)
    return follow_up.payload


def payment_of(of: dict[str, Any], **state: Any) -> PaymentFailed:
    follow_up = decide(of, FakePayments(**state or {"retries": 0}))
    assert follow_up.event_type is PAYMENT_FAILED
    assert isinstance(follow_up.payload, PaymentFailed)
    return follow_up.payload


def test_activity_alone_is_recorded_while_stripe_retries() -> None:
    activity = recorded(invoice())

    assert activity.company_id == COMPANY
    assert activity.activity is Activity.PAYMENT_FAILED
    assert activity.subject_id == INVOICE_ID
    assert activity.summary == (
        "Payment of invoice A1B2-0001 declined, attempt 2; Stripe tries again on Friday, 26 July 2024, 13:12 (UTC)"
    )
    assert activity.occurred_at == datetime(2024, 7, 25, 23, 2, 10, tzinfo=UTC)


def test_event_without_time_uses_the_message_timestamp() -> None:
    assert recorded(invoice(), created=None).occurred_at == datetime(2026, 4, 14, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("amounts", [{"amount_remaining": 0}, {"amount_remaining": None, "amount_due": -1}])
def test_activity_needs_no_amount(amounts: dict[str, Any]) -> None:
    assert recorded(invoice(**amounts))


@pytest.mark.parametrize(("number", "shown"), [("A\r\n\u2066-1", "A -1"), (" ", INVOICE_ID), (" A-1\u2028", "A-1")])
def test_activity_is_one_line_whatever_the_number(number: str, shown: str) -> None:
    assert recorded(invoice(number=number)).summary.startswith(f"Payment of invoice {shown} declined, attempt 2;")


def test_longest_number_and_latest_time_fit_in_an_activity() -> None:
    activity = recorded(invoice(number="9" * 64, attempt_count=2**53 - 1, next_payment_attempt=32_503_679_999))

    assert activity.summary.endswith("Tuesday, 31 December 2999, 23:59 (UTC)")


@pytest.mark.parametrize("next_attempt", [..., None])
def test_payment_failed_is_emitted_when_stripe_gives_up(next_attempt: Any) -> None:
    payment = payment_of(invoice(next_payment_attempt=next_attempt))

    assert payment == PaymentFailed(
        company_id=COMPANY,
        payment_id=INVOICE_ID,
        invoice="A1B2-0001",
        money=Money(amount=1000, currency="USD"),
        decline_code=None,
        attempt_count=1,
        chargeable=True,
    )


@pytest.mark.parametrize("stripes", [..., None, 0, 1, 2, 99])
@pytest.mark.parametrize("retries", [0, 1, 2, 3])
def test_attempts_are_counted_by_the_crms_retries_alone(stripes: Any, retries: int) -> None:
    payment = payment_of(invoice(attempt_count=stripes, **GIVEN_UP), status="open", retries=retries)

    assert (payment.attempt_count, payment.chargeable) == (retries + 1, True)


def test_an_unknown_number_of_retries_is_charged_by_nobody() -> None:
    payment = payment_of(invoice(attempt_count=3, **GIVEN_UP), status="open")

    assert (payment.attempt_count, payment.chargeable) == (3, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"collection_method": "send_invoice"},
        {"billing_reason": "subscription_create"},
        {"collection_method": "send_invoice", "billing_reason": None},
        {"status": "uncollectible"},
    ],
)
def test_what_the_customer_pays_is_not_charged(fields: dict[str, Any]) -> None:
    payment = payment_of(invoice(**fields, **GIVEN_UP), retries=1)

    assert (payment.attempt_count, payment.chargeable) == (2, False)


@pytest.mark.parametrize("status", ["paid", "void"])
@pytest.mark.parametrize("fields", [{}, GIVEN_UP], ids=["waiting", "given up"])
def test_nothing_follows_where_stripe_says_that_nothing_is_owed(status: str, fields: dict[str, Any]) -> None:
    event = stripe_event(invoice(**fields | {"status": status}))
    message = Message[StripeInvoicePaymentFailed].model_validate_json(text(uncollected(event)))

    with pytest.raises(Skip, match="nothing is owed any more"):
        list(handler.decide(message, crm=FakePayments(retries=1)) or ())


@pytest.mark.parametrize("status", [..., None, "open", "draft", "a_status_of_tomorrow"])
def test_an_invoice_of_another_status_is_owed(status: Any) -> None:
    assert payment_of(invoice(status=status, **GIVEN_UP)).chargeable


@pytest.mark.parametrize("method", [..., None, "charge_automatically", "a_method_of_tomorrow"])
@pytest.mark.parametrize("reason", [..., None, "subscription_cycle", "manual", "a_reason_of_tomorrow"])
def test_other_invoices_may_be_charged_again(method: Any, reason: Any) -> None:
    assert payment_of(invoice(collection_method=method, billing_reason=reason, **GIVEN_UP)).chargeable


def test_an_invoice_paid_meanwhile_is_skipped() -> None:
    message = Message[StripeInvoicePaymentFailed].model_validate_json(
        text(uncollected(stripe_event(invoice(**GIVEN_UP))))
    )

    with pytest.raises(Skip, match="made meanwhile"):
        list(handler.decide(message, crm=FakePayments(status="paid", retries=1)) or ())


def test_count_that_cannot_be_read_is_named_and_nobody_charges() -> None:
    message = Message[StripeInvoicePaymentFailed].model_validate_json(
        text(uncollected(stripe_event(invoice(**GIVEN_UP))))
    )

    left_out, failed = handler.decide(message, crm=FakePayments(status="open", retries="two")) or ()

    assert left_out == LeftOut("retries: must be a whole number, found a string of 3 characters")
    assert isinstance(failed, Emit)
    assert isinstance(failed.payload, PaymentFailed)
    assert not failed.payload.chargeable


def test_the_crm_is_asked_only_where_stripe_gives_up() -> None:
    waiting, given_up = FakePayments(retries=0), FakePayments(retries=0)

    decide(invoice(), waiting)
    decide(invoice(**GIVEN_UP), given_up)

    assert (waiting.requests, given_up.requests) == ([], [INVOICE_ID])


@pytest.mark.parametrize("changes", VERSIONS.values(), ids=VERSIONS)
def test_every_api_version_gives_the_same_payment(changes: dict[str, Any]) -> None:
    payment = payment_of(invoice(**changes | GIVEN_UP))

    assert (payment.payment_id, payment.money) == (INVOICE_ID, Money(amount=1000, currency="USD"))
    assert payment.invoice in {"A1B2-0001", INVOICE_ID}
    assert payment.attempt_count == 1


def test_payment_amount_is_in_iso_minor_units() -> None:
    payment = payment_of(invoice(currency="isk", amount_remaining=50_000, **GIVEN_UP))

    assert payment.money == Money(amount=500, currency="ISK")


def run(of: dict[str, Any]) -> FunctionHarness:
    harness = FunctionHarness(capabilities={Crm: FakePayments(retries=0)})
    assert handler.process(sqs_event(text(uncollected(stripe_event(of)))), FakeContext(), harness.runtime()) == {
        "batchItemFailures": []
    }
    return harness


@pytest.mark.parametrize(
    "of",
    [invoice(), *(invoice(**changes | GIVEN_UP) for changes in VERSIONS.values())],
    ids=["Stripe tries again", *VERSIONS],
)
def test_follow_up_is_a_valid_message(of: dict[str, Any]) -> None:
    harness = run(of)

    assert harness.outcomes == ["succeeded"]
    (entry,) = harness.events.published
    assert isinstance(decode_strictly(entry["Detail"], catalogue=BY_NAME), Message)


PERSONAL = {
    "customer_email": "ada@example.com",
    "customer_name": "Ada Lovelace",
    "customer_phone": "+14155550123",
    "customer_address": {"line1": "12 St James's Square", "city": "London"},
    "description": "For Ada, with love",
    "metadata": {"patient": "Augusta"},
}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "succeeded"),
        (GIVEN_UP, "succeeded"),
        (GIVEN_UP | {"amount_remaining": 0}, "dead_lettered"),
        (GIVEN_UP | {"amount_remaining": 101, "currency": "isk"}, "dead_lettered"),
        ({"currency": None}, "dead_lettered"),
    ],
)
def test_personal_data_is_neither_passed_on_nor_logged(changes: dict[str, Any], outcome: str) -> None:
    harness = run(invoice(**PERSONAL | changes))

    assert harness.outcomes == [outcome]
    written = [*harness.log, *(entry["Detail"] for entry in harness.events.published)]
    written += [json.dumps(dead_letter["MessageAttributes"]) for dead_letter in harness.dead_letters]
    words = set(re.findall("[a-z]+|[0-9]+", "".join(written).lower()))
    assert not words & {"ada", "lovelace", "14155550123", "james", "london", "augusta", "love"}


@pytest.mark.parametrize(
    ("amounts", "detail"),
    [
        ({"amount_remaining": 0}, "by what Stripe says nothing is left to be paid: look it up at Stripe"),
        (
            {"amount_remaining": ..., "amount_due": None, "total": None},
            "Stripe gave neither amount_remaining nor amount_due nor total: look it up at Stripe",
        ),
        (
            {"amount_remaining": 101, "currency": "ugx"},
            "Stripe's amount has a fraction of the smallest unit that UGX has by ISO 4217",
        ),
        (
            {"amount_remaining": 2**53 - 1, "currency": "mga"},
            "Stripe's amount is more in ISO 4217's minor units of MGA than JSON can carry",
        ),
    ],
)
def test_amount_error_survives_redaction(amounts: dict[str, Any], detail: str) -> None:
    harness = run(invoice(**GIVEN_UP | amounts))

    (line,) = harness.lines
    assert (line["outcome"], line["reason"], line["detail"]) == ("dead_lettered", "permanent", detail)
    assert harness.events.published == []
