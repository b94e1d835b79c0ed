"""The contract of Stripe's events: tolerant of all API versions, strict about required fields."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.queue_processor.handler import with_id
from schemas.catalogue import BY_NAME
from schemas.decoding import decode, decode_strictly
from schemas.message import AnyMessage, Message
from schemas.problems import Refusal
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED, InvoicePaymentFailedEvent
from tests.messages import text
from tests.stripe.events import INVOICE_ID, VERSIONS, invoice, stripe_event, uncollected

Reader = Callable[[str], AnyMessage | Refusal]


def at_the_ingress(body: str) -> AnyMessage | Refusal:
    return decode_strictly(body, catalogue=BY_NAME)


def at_its_function(body: str) -> AnyMessage | Refusal:
    return decode(body, STRIPE_INVOICE_PAYMENT_FAILED, catalogue=lambda: BY_NAME)


READERS = pytest.mark.parametrize("read", [at_the_ingress, at_its_function])


def read_event(event: Any, read: Reader = at_the_ingress) -> InvoicePaymentFailedEvent:
    message = read(text(uncollected(event)))
    assert isinstance(message, Message), message.sentence()
    stripe = message.payload.stripe_event
    assert isinstance(stripe, InvoicePaymentFailedEvent)
    return stripe


def refused(event: Any, read: Reader = at_the_ingress) -> Refusal:
    refusal = read(text(uncollected(event)))
    assert isinstance(refusal, Refusal)
    return refusal


@READERS
def test_the_real_event_is_read(read: Reader) -> None:
    event = read_event(stripe_event(), read)

    assert event.happened_at == datetime(2024, 7, 25, 23, 2, 10, tzinfo=UTC)
    assert event.invoice.next_attempt_at == datetime(2024, 7, 26, 13, 12, 10, tzinfo=UTC)
    assert (event.invoice.id, event.invoice.number_or_id, event.invoice.attempts) == (INVOICE_ID, "A1B2-0001", 2)


@READERS
@pytest.mark.parametrize("changes", VERSIONS.values(), ids=VERSIONS)
def test_every_version_of_the_api_is_read(read: Reader, changes: dict[str, Any]) -> None:
    event = read_event(stripe_event(invoice(**changes)), read)

    assert event.invoice.id == INVOICE_ID
    assert event.invoice.currency == "usd"
    assert event.invoice.next_attempt_at


def test_an_invoice_without_a_number_has_its_id_as_name() -> None:
    assert read_event(stripe_event(invoice(number=None))).invoice.number_or_id == INVOICE_ID


@pytest.mark.parametrize("count", [..., None, 0, 1])
def test_a_failed_invoice_has_at_least_one_attempt(count: Any) -> None:
    assert read_event(stripe_event(invoice(attempt_count=count))).invoice.attempts == 1


@pytest.mark.parametrize("next_attempt", [..., None])
def test_without_a_time_stripe_does_not_try_again(next_attempt: Any) -> None:
    assert read_event(stripe_event(invoice(next_payment_attempt=next_attempt))).invoice.next_attempt_at is None


@pytest.mark.parametrize("created", [..., None])
def test_an_event_without_a_time_is_accepted(created: Any) -> None:
    assert read_event(stripe_event(created=created)).happened_at is None


@READERS
@pytest.mark.parametrize("event", [None, [], "evt_1", 7, True])
def test_an_event_that_is_no_object_is_refused(read: Reader, event: Any) -> None:
    refusal = refused(event, read)

    assert refusal.reason == "invalid_payload"
    assert refusal.sentence().startswith("payload.stripeEvent: must be an object, found ")


@READERS
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": "invoice.paid"}, "type: must be 'invoice.payment_failed', found \"invoice.paid\""),
        ({"type": None}, "type: must be 'invoice.payment_failed', found null"),
        ({"type": ...}, "type: is missing"),
        ({"id": ...}, "id: is missing"),
        ({"id": None}, "id: must be a string, found null"),
        ({"data": ...}, "data: is missing"),
        ({"data": None}, "data: must be an object, found null"),
        ({"data": {}}, "data.object: is missing"),
        ({"data": {"object": None}}, "data.object: must be an object, found null"),
        ({"data": {"object": INVOICE_ID}}, f'data.object: must be an object, found "{INVOICE_ID}"'),
        ({"created": "1721948530"}, 'created: must be a whole number, found "1721948530"'),
        ({"created": 0}, "created: must be greater than or equal to 1, found 0"),
        ({"created": 1721948530123}, "created: must be less than or equal to 32503679999, found 1721948530123"),
    ],
)
def test_a_wrong_event_is_refused_in_a_sentence(read: Reader, changes: dict[str, Any], sentence: str) -> None:
    refusal = refused(stripe_event(**changes), read)

    assert refusal.reason == "invalid_payload"
    assert refusal.sentence(reveal=True) == f"payload.stripeEvent.{sentence}"


NO_CODE = "currency: must be a currency code by ISO 4217 in lower case, such as eur, found"
NO_ID = "id: must be an id of 1 to 64 letters, digits, _ and -, found"


@READERS
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"id": ...}, "id: is missing"),
        ({"id": None}, "id: must be a string, found null"),
        ({"id": ""}, f'{NO_ID} ""'),
        ({"id": "in/../1"}, f'{NO_ID} "in/../1"'),
        ({"id": "i" * 65}, f'{NO_ID} "{"i" * 58}…'),
        ({"currency": ...}, "currency: is missing"),
        ({"currency": None}, "currency: must be a string, found null"),
        ({"currency": "dollars"}, f'{NO_CODE} "dollars"'),
        ({"currency": "USD"}, f'{NO_CODE} "USD"'),
        ({"currency": 840}, "currency: must be a string, found 840"),
        ({"number": ""}, 'number: must not be empty, found ""'),
        ({"number": 1}, "number: must be a string, found 1"),
        ({"attempt_count": "2"}, 'attempt_count: must be a whole number, found "2"'),
        ({"attempt_count": -1}, "attempt_count: must be greater than or equal to 0, found -1"),
        ({"attempt_count": True}, "attempt_count: must be a whole number, found true"),
        ({"amount_remaining": "1000"}, 'amount_remaining: must be a whole number, found "1000"'),
        ({"amount_due": 10.5}, "amount_due: must be a whole number, found 10.5"),
        ({"total": {}}, "total: must be a whole number, found {}"),
        ({"next_payment_attempt": 0}, "next_payment_attempt: must be greater than or equal to 1, found 0"),
        ({"next_payment_attempt": "soon"}, 'next_payment_attempt: must be a whole number, found "soon"'),
        ({"next_payment_attempt": False}, "next_payment_attempt: must be a whole number, found false"),
    ],
)
def test_a_wrong_invoice_is_refused_in_a_sentence(read: Reader, changes: dict[str, Any], sentence: str) -> None:
    refusal = refused(stripe_event(invoice(**changes)), read)

    assert refusal.reason == "invalid_payload"
    assert refusal.sentence(reveal=True) == f"payload.stripeEvent.data.object.{sentence}"


def test_a_refusal_has_no_data_of_the_customer() -> None:
    customer = {"customer_email": "ada@example.com", "customer_name": "Ada Lovelace"}

    refusal = refused(stripe_event(invoice(currency="Ada Lovelace", number=["ada@example.com"], **customer)))

    assert len(refusal.problems) == 2
    assert not {"Ada", "Lovelace", "example"} & set(re.findall("[A-Za-z]+", refusal.sentence()))


@pytest.mark.parametrize("changes", VERSIONS.values(), ids=VERSIONS)
def test_unread_fields_are_kept_when_the_message_is_passed_on(changes: dict[str, Any]) -> None:
    event = stripe_event(invoice(brand_new={"field": [1.5, None, "日本"]}, **changes), brand_new=[{}])
    sent = uncollected(event)
    del sent["id"]

    message = at_the_ingress(text(sent))
    assert isinstance(message, Message)
    passed_on = json.loads(with_id(text(sent), message))

    assert passed_on == sent | {"id": message.id}
    assert passed_on["payload"]["stripeEvent"] == event


def test_camel_case_names_in_stripes_objects_are_ignored() -> None:
    camel = invoice(next_payment_attempt=..., nextPaymentAttempt=1721999530)

    assert read_event(stripe_event(camel)).invoice.next_payment_attempt is None
