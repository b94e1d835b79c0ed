"""Convert Stripe's amounts to the minor units of ISO 4217, which our contract uses.

Both count in a currency's smallest unit. They differ for three currencies.
Sources: docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special cases";
support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds.
"""

from lambdas.common.errors import PermanentError
from schemas.money import decimals
from schemas.reasons import Remedy
from schemas.stripe import StripeInvoice
from schemas.wire import MAX_SAFE_INTEGER

_DECIMALS_AT_STRIPE = {
    "ISK": 2,  # none by ISO; Stripe still counts hundredths, which are always 00
    "UGX": 2,  # none by ISO; Stripe still counts hundredths, which are always 00
    "MGA": 0,  # two by ISO, though an ariary is five iraimbilanja; Stripe counts whole ariary
}
"""Decimal places at Stripe of the currencies for which they differ from ISO 4217."""


def amount_owed(invoice: StripeInvoice) -> int:
    """The amount to collect, in minor units by ISO 4217.

    Raises:
        PermanentError: the invoice states no amount, or none above zero. The errors name no amount and use no word of
            Stripe's, such as invoice: those are values of the event, and would be redacted.
    """
    stated = (invoice.amount_remaining, invoice.amount_due, invoice.total)
    amount = next((each for each in stated if each is not None), None)
    if amount is None:
        what = "Stripe gave neither amount_remaining nor amount_due nor total: look it up at Stripe"
        raise PermanentError(what, remedy=Remedy.MEND)
    if amount <= 0:
        what = "by what Stripe says nothing is left to be paid: look it up at Stripe"
        raise PermanentError(what, remedy=Remedy.MEND)
    return minor_units(amount, invoice.currency.upper())


def minor_units(amount: int, currency: str) -> int:
    """Convert an amount of Stripe's to minor units by ISO 4217.

    Args:
        amount: in Stripe's minor units.
        currency: ISO 4217 code in upper case.

    Raises:
        PermanentError: the result is not a whole number, or larger than a message can carry.
    """
    places = decimals(currency)
    unit: int = 10**places
    unit_at_stripe: int = 10 ** _DECIMALS_AT_STRIPE.get(currency, places)
    whole, rest = divmod(amount * unit, unit_at_stripe)
    if rest:
        what = f"Stripe's amount has a fraction of the smallest unit that {currency} has by ISO 4217"
        raise PermanentError(what, remedy=Remedy.MEND)
    if whole > MAX_SAFE_INTEGER:
        what = f"Stripe's amount is more in ISO 4217's minor units of {currency} than JSON can carry"
        raise PermanentError(what, remedy=Remedy.MEND)
    return whole
