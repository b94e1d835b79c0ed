"""Stripe's events, unchanged; the models name only the fields that the reaction reads.

Fields move and disappear between versions of Stripe's API, and nearly all can be null. So every field is optional
unless the reaction cannot do without it.
Sources: docs.stripe.com/api/events/object, docs.stripe.com/api/invoices/object, docs.stripe.com/changelog.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.activities import ACTIVITY_RECORD
from schemas.event_type import EventType, Kind, Needs
from schemas.payments import PAYMENT_FAILED, InvoiceNumber
from schemas.wire import Count, EpochSeconds, Impersonal, Integer, Payload, Personal, Reference, WireModel, matching

StripeCurrency = Annotated[
    str,
    matching("^[a-z]{3}$", "a currency code by ISO 4217 in lower case, such as eur", example="eur"),
    Impersonal("a currency's code"),
]


StripeCode = Annotated[str, Impersonal("one of Stripe's codes")]
"""A code of Stripe's, which adds new ones at any time."""


class StripeObject(WireModel):
    """Base of Stripe's objects: snake_case on the wire too, as in Stripe's API."""

    model_config = ConfigDict(alias_generator=None)


class StripeInvoice(StripeObject):
    """An invoice at the time of the event.

    Charge, payment intent and subscription are left out: their place depends on the version of Stripe's API.
    """

    id: Reference
    currency: StripeCurrency
    number: InvoiceNumber | None = None
    """Null while the invoice is a draft."""

    attempt_count: Count | None = None
    """Number of payment attempts: the first one, automatic or manual, and Stripe's automatic retries.

    A charge that the CRM starts later is not counted, so that this number says nothing of this system's retries.
    """

    next_payment_attempt: EpochSeconds | None = None
    """When Stripe tries again, in seconds since 1970; null where it does not."""

    collection_method: StripeCode | None = None
    """`charge_automatically`, or `send_invoice` where the customer pays on receipt of the invoice."""

    billing_reason: StripeCode | None = None
    """Why the invoice was made, such as `subscription_cycle`."""

    status: StripeCode | None = None
    """`open` where it is owed, `paid`, `void`, or `uncollectible` where it was written off."""

    amount_remaining: Integer | None = None
    """Amount in Stripe's minor units, which sometimes differ from ISO 4217's."""

    amount_due: Integer | None = None
    total: Integer | None = None

    @property
    def number_or_id(self) -> str:
        """The invoice's number, or its id while it has no number."""
        return (self.number or "").strip() or self.id

    @property
    def is_paid_by_the_customer(self) -> bool:
        """Whether nobody but the customer may start another payment.

        An invoice that is sent is for the customer to pay. A subscription's first invoice is paid while the customer
        subscribes, and ends with the subscription after 23 hours. One that was written off is charged no more.
        Source: docs.stripe.com/billing/subscriptions/overview, "Subscription statuses"; docs.stripe.com/api/invoices.
        """
        return (
            self.collection_method == "send_invoice"
            or self.billing_reason == "subscription_create"
            or self.status == "uncollectible"
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more: it was paid, also outside Stripe, or voided."""
        return self.status in {"paid", "void"}

    @property
    def attempts(self) -> int:
        """Number of payment attempts; at least 1, since the payment failed."""
        return self.attempt_count or 1

    @property
    def next_attempt_at(self) -> datetime | None:
        """When Stripe tries again, in UTC; None where it does not."""
        return datetime.fromtimestamp(self.next_payment_attempt, UTC) if self.next_payment_attempt else None


class StripeInvoiceData(StripeObject):
    """The field `data` of an event, with the invoice."""

    object: StripeInvoice


class InvoicePaymentFailedEvent(StripeObject):
    """Stripe's event `invoice.payment_failed`: an invoice could not be collected."""

    id: Reference
    """The event's id in Stripe's dashboard."""

    type: Literal["invoice.payment_failed"]
    created: EpochSeconds | None = None
    """When the event happened, in seconds since 1970."""

    data: StripeInvoiceData

    @property
    def invoice(self) -> StripeInvoice:
        """The invoice that could not be collected."""
        return self.data.object

    @property
    def happened_at(self) -> datetime | None:
        """When the event happened, in UTC; None where it does not say."""
        return datetime.fromtimestamp(self.created, UTC) if self.created else None


_EXAMPLE_EVENT = {
    "id": "evt_1Pgc76B7WZ01zgkWwyRHS12y",
    "type": "invoice.payment_failed",
    "created": 1721948530,
    "data": {
        "object": {
            "id": "in_1Pgc6tB7WZ01zgkWu9fdqL6I",
            "number": "A1B2-0001",
            "currency": "usd",
            "amount_remaining": 1000,
            "attempt_count": 2,
            "next_payment_attempt": 1721999530,
        }
    },
}


class StripeInvoicePaymentFailed(Payload):
    """Stripe could not collect an invoice. The CRM's webhook endpoint for Stripe sends it; source of truth: Stripe.

    Stripe may deliver an event twice (docs.stripe.com/webhooks, "Handle duplicate events"). Use Stripe's event id as
    the message's `id`, so that the second one has no effect.
    """

    stripe_event: Annotated[
        InvoicePaymentFailedEvent,
        Field(examples=[_EXAMPLE_EVENT]),
        Personal("Stripe's event with the customer's name and addresses, which are not read"),
    ]
    """The complete event exactly as Stripe sent it."""


STRIPE_INVOICE_PAYMENT_FAILED = EventType(
    "stripe.invoice.payment_failed",
    StripeInvoicePaymentFailed,
    Kind.REACTION,
    sent_by="the CRM's webhook endpoint for Stripe",
    needs={Needs.CRM},
    emits={PAYMENT_FAILED, ACTIVITY_RECORD},
)
