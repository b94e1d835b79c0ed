"""Payments that failed, and their retries (dunning)."""

from typing import Annotated

from pydantic import Field

from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind, Needs, PreviousVersion
from schemas.wire import Currency, Impersonal, Payload, PositiveInteger, Reference, WireModel, matching

DeclineCode = Annotated[
    str,
    matching("^[a-z][a-z0-9_]{0,63}$", "a decline code, such as insufficient_funds", example="insufficient_funds"),
    Impersonal("one of Stripe's codes"),
]
"""Why the card's issuer refused (Stripe, "Decline codes"); codes that are not known here are soft."""

InvoiceNumber = Annotated[
    str,
    Field(min_length=1, max_length=64, examples=["INV-2024-0042"]),
    Impersonal("a number that the billing service counts up"),
]

HARD_DECLINES = frozenset(
    {
        "authentication_required",
        "highest_risk_level",
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "transaction_not_allowed",
    }
)
"""Declines that Stripe itself never retries (Stripe, "Smart Retries"): without another card they fail again."""


class Money(WireModel):
    """An amount of money."""

    amount: Annotated[PositiveInteger, Field(examples=[4900])]
    """In the currency's minor units by ISO 4217: cents, or whole yen."""

    currency: Currency


class _Failure(Payload):
    """What is told of a declined payment, in every version."""

    payment_id: Reference
    invoice: InvoiceNumber
    """The invoice's number, as people know it."""

    decline_code: DeclineCode | None = None
    """None where the payment service gave none: it counts as soft."""

    attempt_count: PositiveInteger
    """How often the payment was tried until now."""


class PaymentFailedV1(_Failure):
    """A payment was declined; in version 2 the amount and its currency stand together."""

    amount: Annotated[PositiveInteger, Field(examples=[4900])]
    """In the currency's minor units by ISO 4217."""

    currency: Currency

    def upcasted(self) -> "PaymentFailed":
        """As version 2."""
        return PaymentFailed(
            company_id=self.company_id,
            payment_id=self.payment_id,
            invoice=self.invoice,
            money=Money(amount=self.amount, currency=self.currency),
            decline_code=self.decline_code,
            attempt_count=self.attempt_count,
        )


class PaymentFailed(_Failure):
    """A payment was declined. Source of truth: the CRM's billing service."""

    money: Money

    @property
    def is_hard(self) -> bool:
        """Whether trying again would fail again."""
        return self.decline_code in HARD_DECLINES


class PaymentRetry(Payload):
    """Try a declined payment again."""

    payment_id: Reference
    attempt: Annotated[PositiveInteger, Field(examples=[2])]
    """Which attempt at the payment this is; the first was the one that failed."""


PAYMENT_RETRY = EventType("payment.retry", PaymentRetry, Kind.JOB, sent_by="", needs={Needs.CRM})

PAYMENT_FAILED = EventType(
    "payment.failed",
    PaymentFailed,
    Kind.REACTION,
    sent_by="the CRM backend",
    earlier=(PreviousVersion(payload=PaymentFailedV1, lift=PaymentFailedV1.upcasted),),
    needs={Needs.CRM, Needs.DUNNING},
    emits={EMAIL_SEND, ACTIVITY_RECORD},
    schedules={PAYMENT_RETRY},
)


def retry_key(payment_id: str, attempt: int) -> str:
    """The schedule key of a payment's next attempt, such as `payment/in_1MtHbELkdIwHu7ix/2`."""
    return f"payment/{payment_id}/{attempt}"
