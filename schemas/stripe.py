"""Stripe's own events, verbatim: of each what is read here.

Between versions of Stripe's API fields move and go, and nearly every one can be null. So what a reaction can do
without may be missing; what it cannot is refused where it is.
Sources: docs.stripe.com/api/events/object, docs.stripe.com/api/invoices/object, docs.stripe.com/changelog.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.activities import ACTIVITY_RECORD
from schemas.event_type import EventType, Kind
from schemas.payments import PAYMENT_FAILED, InvoiceNumber
from schemas.wire import Count, EpochSeconds, Impersonal, Integer, Payload, Personal, Reference, WireModel, matching

StripeCurrency = Annotated[
    str,
    matching("^[a-z]{3}$", "a currency code by ISO 4217 in lower case, such as eur", example="eur"),
    Impersonal("a currency's code"),
]


class StripeObject(WireModel):
    """As strict and as tolerant as our own, but snake_case on the wire too: the names are Stripe's."""

    model_config = ConfigDict(alias_generator=None)


class StripeInvoice(StripeObject):
    """An invoice, as it was when the event happened.

    Which charge, payment intent or subscription it belongs to stands in other places in other versions: nobody asks.
    """

    id: Reference
    currency: StripeCurrency
    number: InvoiceNumber | None = None
    """None while it is a draft."""

    attempt_count: Count | None = None
    """Automatic retries and the first attempt, whoever made it."""

    next_payment_attempt: EpochSeconds | None = None
    """When Stripe itself will try again; None where it will not."""

    amount_remaining: Integer | None = None
    """Amounts are in Stripe's minor units, which are not always ISO's."""

    amount_due: Integer | None = None
    total: Integer | None = None

    @property
    def known_as(self) -> str:
        """Its number, or its id while it has none."""
        return self.number or self.id

    @property
    def attempts(self) -> int:
        """How often it was tried until now, which is once at least: it failed."""
        return self.attempt_count or 1

    @property
    def tried_again_at(self) -> datetime | None:
        """When Stripe itself will try again, in UTC; None where it will not."""
        return datetime.fromtimestamp(self.next_payment_attempt, UTC) if self.next_payment_attempt else None


class StripeInvoiceData(StripeObject):
    """The envelope of an event's object."""

    object: StripeInvoice


class InvoicePaymentFailedEvent(StripeObject):
    """Stripe could not collect an invoice."""

    id: Reference
    """By it people find the event at Stripe."""

    type: Literal["invoice.payment_failed"]
    created: EpochSeconds | None = None
    data: StripeInvoiceData

    @property
    def invoice(self) -> StripeInvoice:
        """What it is about."""
        return self.data.object

    @property
    def happened_at(self) -> datetime | None:
        """When it happened, in UTC; None where the event does not say."""
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
"""Much shorter than Stripe's are."""


class StripeInvoicePaymentFailed(Payload):
    """Stripe says that it could not collect an invoice. Source of truth: Stripe, by the CRM's webhook endpoint.

    Stripe may send an event twice (docs.stripe.com/webhooks, "Handle duplicate events"): give the message the event's
    id for its own, and what follows the second time is known to be the same.
    """

    stripe_event: Annotated[
        InvoicePaymentFailedEvent,
        Field(examples=[_EXAMPLE_EVENT]),
        Personal("what failed; as Stripe's it has the customer's name and addresses in it, of which nothing is read"),
    ]
    """The event as Stripe sent it, nothing added and nothing left out."""


STRIPE_INVOICE_PAYMENT_FAILED = EventType(
    "stripe.invoice.payment_failed",
    StripeInvoicePaymentFailed,
    Kind.REACTION,
    sent_by="the CRM's webhook endpoint for Stripe",
    emits={PAYMENT_FAILED, ACTIVITY_RECORD},
)
