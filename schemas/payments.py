"""Failed payments and their retries (dunning)."""

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
"""Why the card's issuer declined (Stripe, "Decline codes"). Unknown codes count as soft declines."""

InvoiceNumber = Annotated[
    str,
    Field(min_length=1, max_length=64, examples=["INV-2024-0042"]),
    Impersonal("a sequence number of the billing service"),
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
"""Declines that Stripe never retries (Stripe, "Smart Retries"): they fail again without another card."""


class Money(WireModel):
    """An amount of money."""

    amount: Annotated[PositiveInteger, Field(examples=[4900])]
    """Amount in the currency's minor units by ISO 4217, such as cents; whole units for yen."""

    currency: Currency


class _Failure(Payload):
    """Fields of a declined payment, common to all versions."""

    payment_id: Reference
    invoice: InvoiceNumber
    """The invoice's number, as the customer sees it."""

    decline_code: DeclineCode | None = None
    """Null where the payment service gave no code: the decline counts as soft."""

    attempt_count: PositiveInteger
    """Number of attempts at the payment so far: the first one, and each of this system's retries."""


class PaymentFailedV1(_Failure):
    """A payment was declined. Version 2 has amount and currency in one field, `money`."""

    amount: Annotated[PositiveInteger, Field(examples=[4900])]
    """Amount in the currency's minor units by ISO 4217."""

    currency: Currency

    def upcasted(self) -> "PaymentFailed":
        """Convert the payload to version 2."""
        return PaymentFailed(
            company_id=self.company_id,
            payment_id=self.payment_id,
            invoice=self.invoice,
            money=Money(amount=self.amount, currency=self.currency),
            decline_code=self.decline_code,
            attempt_count=self.attempt_count,
        )


class PaymentFailed(_Failure):
    """A payment was declined. The CRM backend sends it each time; source of truth: the CRM's billing service."""

    money: Money
    chargeable: bool = True
    """Whether this system may charge the payment again, as the stage's dunning says.

    False where nobody may: the customer pays the invoice themselves, it is a subscription's first one, or nobody knows
    how often it was charged already.
    """

    @property
    def is_hard(self) -> bool:
        """Whether the decline is final: a retry would fail again."""
        return self.decline_code in HARD_DECLINES


class PaymentRetry(Payload):
    """Try a declined payment again. A schedule of `payment.failed` publishes it when the retry is due."""

    payment_id: Reference
    attempt: Annotated[PositiveInteger, Field(examples=[2])]
    """Number of this attempt at the payment; the first attempt, which failed, was 1."""


PAYMENT_RETRY = EventType("payment.retry", PaymentRetry, Kind.JOB, sent_by="", needs={Needs.CRM}, moves_money=True)

PAYMENT_FAILED = EventType(
    "payment.failed",
    PaymentFailed,
    Kind.REACTION,
    sent_by="the CRM backend",
    previous_versions=(PreviousVersion(payload=PaymentFailedV1, upcast=PaymentFailedV1.upcasted),),
    needs={Needs.CRM, Needs.DUNNING},
    emits={EMAIL_SEND, ACTIVITY_RECORD},
    schedules={PAYMENT_RETRY},
    subject="invoice",
)


def retry_key(company_id: str, payment_id: str, attempt: int) -> str:
    """Return the schedule key of a payment's next attempt, such as `payment/7d1f0a52-…/in_1MtHbELkdIwHu7ix/2`."""
    return f"payment/{company_id}/{payment_id}/{attempt}"
