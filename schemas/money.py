"""Decimals of currencies, whose amounts are whole minor units."""

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""Currencies by number of decimals (ISO 4217, list one, "minor unit"); all others have two.

Browsers' `Intl.NumberFormat` shows fewer decimals of some currencies (HUF, IDR, IQD and others): it follows CLDR, which
lists what is used in cash. Amounts in messages are in ISO's minor units.
"""

_DECIMALS = {currency: places for places, currencies in _CURRENCIES.items() for currency in currencies.split()}


def decimals(currency: str) -> int:
    """Return a currency's number of decimals by ISO 4217.

    Args:
        currency: ISO 4217 code in upper case.
    """
    return _DECIMALS.get(currency, 2)
