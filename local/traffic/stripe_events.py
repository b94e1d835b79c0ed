"""Stripe could not collect an invoice, and says so in its own words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.standins.crm.people import admins_of
from local.traffic.chance import Chance
from local.traffic.draft import Draft, Due, succeeded
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY, retry_key
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED

_SAID = succeeded(STRIPE_INVOICE_PAYMENT_FAILED)
_AMOUNTS = (("eur", 4900), ("usd", 1000), ("jpy", 5200), ("kwd", 12_500), ("isk", 250_000))
"""In Stripe's minor units: of Icelandic krónur it counts hundredths."""


def tried_again_by_stripe(chance: Chance) -> Draft:
    """Nobody need do anything: an activity alone."""
    again = chance.now + timedelta(days=chance.whole(1, 5))
    failed = _failed(chance, attempt=chance.whole(1, 3), again=int(again.timestamp()))
    return replace(failed, endings=_SAID + succeeded(ACTIVITY_RECORD))


def given_up(chance: Chance) -> Draft:
    """Neither Stripe nor we try again: a payment failed; an activity, and a mail to each admin."""
    failed = _failed(chance, attempt=len(chance.rules.dunning) + 1, again=None)
    admins = admins_of(failed.payload["companyId"]).admins
    return replace(failed, endings=failed.endings + succeeded(EMAIL_SEND) * len(admins))


def left_to_us(chance: Chance) -> Draft:
    """Stripe does not try again, but we do: a payment failed; an activity, and a retry is scheduled."""
    failed = _failed(chance, attempt=1, again=None)
    # The payment has failed for us when we hear of it: so long after that it is tried again.
    return replace(failed, due=(Due(retry_key(failed.subject, 2), None, PAYMENT_RETRY.name),))


def _failed(chance: Chance, *, attempt: int, again: int | None) -> Draft:
    invoice, happened_at = f"in_{chance.letters(24)}", chance.just_now()
    return Draft(
        event_type=STRIPE_INVOICE_PAYMENT_FAILED,
        payload={
            "companyId": chance.company().id,
            "stripeEvent": {
                "id": f"evt_{chance.letters(24)}",
                "object": "event",
                "type": "invoice.payment_failed",
                "api_version": "2025-03-31.basil",
                "created": int(happened_at.timestamp()),
                "livemode": False,
                "data": {"object": _invoice(chance, invoice, attempt, again)},
            },
        },
        subject=invoice,
        happened_at=happened_at,
        endings=_SAID + succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD),
    )


def _invoice(chance: Chance, id_: str, attempt: int, again: int | None) -> dict[str, Any]:
    currency, amount = chance.among(_AMOUNTS)
    return {
        "id": id_,
        "object": "invoice",
        "number": f"{chance.letters(8).upper()}-{chance.number:04}",
        "status": "open",
        "currency": currency,
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": attempt,
        "attempted": True,
        "next_payment_attempt": again,
        "customer": f"cus_{chance.letters(14)}",
    }
