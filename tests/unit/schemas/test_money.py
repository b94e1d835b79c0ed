"""Formatting amounts of money."""

import pytest

from schemas.money import decimals, formatted


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        (123450, "EUR", "EUR 1,234.50"),
        (5, "EUR", "EUR 0.05"),
        (0, "EUR", "EUR 0.00"),
        (100_000_000, "USD", "USD 1,000,000.00"),
        (5000, "JPY", "JPY 5,000"),
        (999, "KRW", "KRW 999"),
        (1234, "KWD", "KWD 1.234"),
        (12345, "CLF", "CLF 1.2345"),
        (2**53 - 1, "EUR", "EUR 90,071,992,547,409.91"),
    ],
)
def test_an_amount_has_separators_and_its_currencys_decimals(minor_units: int, currency: str, text: str) -> None:
    assert formatted(minor_units, currency) == text


@pytest.mark.parametrize(
    "currency",
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(),  # noqa: SIM905 one line, as in ISO's list
)
def test_currencies_without_decimals(currency: str) -> None:
    assert formatted(12345678, currency) == f"{currency} 12,345,678"


@pytest.mark.parametrize("currency", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_currencies_with_three_decimals(currency: str) -> None:
    assert formatted(12345678, currency) == f"{currency} 12,345.678"


@pytest.mark.parametrize("currency", ["CLF", "UYW"])
def test_currencies_with_four_decimals(currency: str) -> None:
    assert formatted(12345678, currency) == f"{currency} 1,234.5678"


@pytest.mark.parametrize(
    "currency",
    "AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK PKR SOS SYP YER".split(),  # noqa: SIM905 one line is easier to compare
)
def test_currencies_that_browsers_show_without_decimals_have_two(currency: str) -> None:
    """`Intl.NumberFormat` of Node 24 (CLDR 48) deviates from ISO 4217 in these, and in IQD, which it shows whole."""
    assert formatted(12345678, currency) == f"{currency} 123,456.78"


def test_a_currency_that_is_not_listed_has_two_decimals() -> None:
    assert formatted(12345678, "XCG") == "XCG 123,456.78"


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        formatted(-1, "EUR")


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("EUR", 2), ("XCG", 2), ("KWD", 3), ("CLF", 4)])
def test_decimals_are_those_of_iso_4217(currency: str, places: int) -> None:
    assert decimals(currency) == places
