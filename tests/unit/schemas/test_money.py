"""Decimals of currencies."""

import pytest

from schemas.money import decimals


@pytest.mark.parametrize(
    ("currencies", "places"),
    [
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0),
        ("EUR USD", 2),
        ("BHD IQD JOD KWD LYD OMR TND", 3),
        ("CLF UYW", 4),
    ],
)
def test_decimals_are_those_of_iso_4217(currencies: str, places: int) -> None:
    assert {decimals(currency) for currency in currencies.split()} == {places}


@pytest.mark.parametrize(
    "currency",
    "AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK PKR SOS SYP YER".split(),  # noqa: SIM905 one line is easier to compare
)
def test_currencies_that_browsers_show_without_decimals_have_two(currency: str) -> None:
    """`Intl.NumberFormat` of Node 24 (CLDR 48) deviates from ISO 4217 in these, and in IQD, which it shows whole."""
    assert decimals(currency) == 2


def test_a_currency_that_is_not_listed_has_two_decimals() -> None:
    assert decimals("XCG") == 2
