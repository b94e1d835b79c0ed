"""Stripe's amounts in the minor units of our contract, which are ISO 4217's.

Both count in a currency's smallest unit, and mean the same by it in all currencies but three.
Sources: docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special cases";
support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds.
"""

from lambdas.common.errors import PermanentError
from schemas.money import decimals
from schemas.stripe import StripeInvoice
from schemas.wire import MAX_SAFE_INTEGER

_DECIMALS_AT_STRIPE = {
    "ISK": 2,  # has none any more; Stripe goes on counting in hundredths, which are always 00
    "UGX": 2,  # likewise
    "MGA": 0,  # has two by ISO, though an ariary has but five iraimbilanja; Stripe counts whole ariary
}
"""Where they are not ISO's."""


def owed(invoice: StripeInvoice) -> int:
    """What was to be collected, in minor units by ISO 4217.

    Raises:
        PermanentError: the invoice does not say, or says nothing that could be collected. No text names an amount,
            nor uses Stripe's words, such as invoice: they are values of the event, and would be redacted.
    """
    stated = (invoice.amount_remaining, invoice.amount_due, invoice.total)
    amount = next((each for each in stated if each is not None), None)
    if amount is None:
        raise PermanentError("Stripe gave neither amount_remaining nor amount_due nor total: look it up at Stripe")
    if amount <= 0:
        raise PermanentError("by what Stripe says nothing is left to be paid: look it up at Stripe")
    return minor_units(amount, invoice.currency.upper())


def minor_units(amount: int, currency: str) -> int:
    """An amount of Stripe's in minor units by ISO 4217.

    Args:
        amount: in Stripe's minor units.
        currency: its code by ISO 4217, in upper case.

    Raises:
        PermanentError: it is no whole number of minor units, or more of them than a message can carry.
    """
    places = decimals(currency)
    unit: int = 10**places
    unit_at_stripe: int = 10 ** _DECIMALS_AT_STRIPE.get(currency, places)
    whole, rest = divmod(amount * unit, unit_at_stripe)
    if rest:
        raise PermanentError(f"Stripe's amount has a fraction of the smallest unit that {currency} has by ISO 4217")
    if whole > MAX_SAFE_INTEGER:
        raise PermanentError(f"Stripe's amount is more in ISO 4217's minor units of {currency} than JSON can carry")
    return whole
