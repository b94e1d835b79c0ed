"""Amounts of money as people read them, made of whole minor units: no float is ever in between."""

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""By how many decimals they have (ISO 4217, list one, "minor unit"); all others have two.

Browsers' `Intl.NumberFormat` shows fewer of some currencies (HUF, IDR, IQD and others): it follows CLDR, which tells
what is used in cash. An amount on the wire is in ISO's minor units, so ISO it is.
"""

_DECIMALS = {currency: places for places, currencies in _CURRENCIES.items() for currency in currencies.split()}


def decimals(currency: str) -> int:
    """How many decimals a currency has by ISO 4217.

    Args:
        currency: its code by ISO 4217, in upper case.
    """
    return _DECIMALS.get(currency, 2)


def shown(minor_units: int, currency: str) -> str:
    """EUR 1,234.50, JPY 5,000 or KWD 1.234.

    Args:
        minor_units: cents, or what else the currency's smallest unit is by ISO 4217; not negative.
        currency: its code by ISO 4217.
    """
    if minor_units < 0:
        raise ValueError("an amount of money is never negative here")
    places = decimals(currency)
    units, rest = divmod(minor_units, 10**places)
    return f"{currency} {units:,}.{rest:0{places}}" if places else f"{currency} {units:,}"
