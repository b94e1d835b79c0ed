"""Any JSON in place of Stripe's event has one outcome, raises nothing, and leads to valid messages.

Hypothesis generates any JSON value for the event, and Stripe's event with any values in the fields that are read.
"""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.common.clients.crm import Crm
from lambdas.stripe_invoice_payment_failed.handler import handler
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.reasons import Outcome
from schemas.stripe import InvoicePaymentFailedEvent, StripeInvoice
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.stripe.events import invoice, stripe_event, uncollected
from tests.stripe.payments import FakePayments

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2**53 - 1, 2**53, -(2**53), 10**400])
    | st.floats()
    | st.text(st.characters(codec="utf-8") | st.characters(categories=["Cs"]), max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)

CURRENCIES = st.sampled_from(["usd", "jpy", "kwd", "isk", "ugx", "mga", "xcg", "iqd", "clf"])
FIT: dict[str, st.SearchStrategy[Any]] = {
    "currency": CURRENCIES,
    "number": st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=64),
    "attempt_count": st.none() | st.integers(0, 2**53 - 1),
    "next_payment_attempt": st.none() | st.integers(1, 32_503_679_999),
    "collection_method": st.none() | st.sampled_from(["send_invoice", "charge_automatically"]),
    "billing_reason": st.none() | st.sampled_from(["subscription_create", "subscription_cycle"]),
    **dict.fromkeys(("amount_remaining", "amount_due", "total"), st.none() | st.integers(-(10**6), 2**53 - 1)),
}
"""Values that the contract accepts."""

FITTING = st.builds(lambda changes: stripe_event(invoice(**changes)), st.fixed_dictionaries({}, optional=FIT))
ODD_INVOICE = st.builds(
    lambda fitting, odd: stripe_event(invoice(**fitting | odd)),
    st.fixed_dictionaries({}, optional=FIT),
    st.dictionaries(st.sampled_from([*StripeInvoice.model_fields, "unknown"]), st.just(...) | JSON, max_size=2),
)
ODD_EVENT = st.builds(
    lambda odd: stripe_event(**odd),
    st.dictionaries(st.sampled_from([*InvoicePaymentFailedEvent.model_fields, "unknown"]), st.just(...) | JSON),
)

SUITE = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""The same examples in each run, so that a failure is reproducible."""


def run(event: Any, **payment: Any) -> FunctionHarness:
    harness = FunctionHarness(capabilities={Crm: FakePayments(**payment)})

    response = handler.process(sqs_event(json.dumps(uncollected(event))), FakeContext(), harness.runtime())

    assert response == {"batchItemFailures": []}
    return harness


@SUITE
@given(JSON | FITTING | ODD_INVOICE | ODD_EVENT)
def test_every_event_is_published_or_dead_lettered(event: Any) -> None:
    harness = run(event)

    (outcome,) = harness.outcomes
    assert outcome in {Outcome.SUCCEEDED, Outcome.DEAD_LETTERED}, "no retry can help"
    assert len(harness.events.published) == (outcome == Outcome.SUCCEEDED)
    assert len(harness.dead_letters) == (outcome == Outcome.DEAD_LETTERED)
    assert harness.copies == []


@SUITE
@given(FITTING, st.none() | st.integers(0, 2**53 - 2))
def test_valid_event_makes_a_valid_message_or_is_permanent(event: Any, retries: int | None) -> None:
    harness = run(event, retries=retries)

    assert set(harness.outcomes) <= {Outcome.SUCCEEDED, Outcome.DEAD_LETTERED}
    for entry in harness.events.published:
        assert isinstance(decode_strictly(entry["Detail"], catalogue=BY_NAME), Message)
    assert {line["reason"] for line in harness.lines if line["outcome"] == Outcome.DEAD_LETTERED} <= {"permanent"}
