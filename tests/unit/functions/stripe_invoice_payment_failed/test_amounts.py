"""Stripe's amounts converted to minor units by ISO 4217."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.errors import PermanentError
from lambdas.stripe_invoice_payment_failed.amounts import amount_owed, minor_units
from schemas.money import decimals
from schemas.stripe import StripeInvoice
from tests.messages import text
from tests.stripe.events import invoice

ZERO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 Stripe's list, to compare
THREE_DECIMALS = ["BHD", "JOD", "KWD", "OMR", "TND"]


def formatted(minor_units: int, currency: str) -> str:
    return f"{currency} {Decimal(minor_units).scaleb(-decimals(currency)):,}"


@pytest.mark.parametrize(
    ("amount", "currency", "read"),
    [
        (1000, "USD", "USD 10.00"),
        (1, "EUR", "EUR 0.01"),
        (500, "JPY", "JPY 500"),
        (5120, "KWD", "KWD 5.120"),
        (500, "ISK", "ISK 5"),
        (500, "UGX", "UGX 5"),
        (500, "MGA", "MGA 500.00"),
        (1045, "HUF", "HUF 10.45"),
        (80045, "TWD", "TWD 800.45"),
        (99999999, "IDR", "IDR 999,999.99"),
    ],
)
def test_amount_is_converted_from_stripes_units(amount: int, currency: str, read: str) -> None:
    assert formatted(minor_units(amount, currency), currency) == read


@pytest.mark.parametrize("currency", ZERO_DECIMALS)
def test_zero_decimal_currency_counts_whole_units(currency: str) -> None:
    assert formatted(minor_units(500, currency), currency) == f"{currency} 500"


@pytest.mark.parametrize("currency", THREE_DECIMALS)
def test_three_decimal_currency_counts_thousandths(currency: str) -> None:
    assert formatted(minor_units(5120, currency), currency) == f"{currency} 5.120"


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
@pytest.mark.parametrize("amount", [1, 99, 550, 10_001])
def test_fraction_without_iso_decimals_is_permanent(amount: int, currency: str) -> None:
    with pytest.raises(PermanentError, match=f"has a fraction of the smallest unit that {currency} has") as raised:
        minor_units(amount, currency)

    assert str(amount) not in str(raised.value).replace("4217", "")


def test_amount_beyond_json_integers_is_permanent() -> None:
    most = (2**53 - 1) // 100

    assert minor_units(2**53 - 1, "EUR") == 2**53 - 1
    assert minor_units(most, "MGA") == most * 100
    with pytest.raises(PermanentError, match="than JSON can carry"):
        minor_units(most + 1, "MGA")


@given(st.integers(1, 10**12), st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX", "MGA"]))
def test_conversion_is_exact(units: int, currency: str) -> None:
    at_stripe = {"EUR": 100, "JPY": 1, "KWD": 1000, "ISK": 100, "UGX": 100, "MGA": 1}[currency]
    by_iso = {"EUR": 100, "JPY": 1, "KWD": 1000, "ISK": 1, "UGX": 1, "MGA": 100}[currency]

    assert minor_units(units * at_stripe, currency) == units * by_iso


def owed_by(**changes: Any) -> int:
    return amount_owed(StripeInvoice.model_validate_json(text(invoice(**changes))))


@pytest.mark.parametrize(
    ("amounts", "amount"),
    [
        ({"amount_remaining": 700, "amount_due": 800, "total": 900}, 700),
        ({"amount_remaining": ..., "amount_due": 800, "total": 900}, 800),
        ({"amount_remaining": None, "amount_due": 800, "total": 900}, 800),
        ({"amount_remaining": None, "amount_due": None, "total": 900}, 900),
        ({"amount_remaining": ..., "amount_due": ..., "total": 900}, 900),
        ({"amount_remaining": 700, "amount_due": None, "total": -900}, 700),
        ({"amount_remaining": 700, "currency": "mga"}, 70_000),
        ({"amount_remaining": 700, "currency": "isk"}, 7),
    ],
)
def test_amount_owed_is_remaining_else_due_else_total(amounts: dict[str, Any], amount: int) -> None:
    assert owed_by(**amounts) == amount


@pytest.mark.parametrize("missing", [..., None])
def test_invoice_without_amount_is_permanent(missing: Any) -> None:
    with pytest.raises(PermanentError, match="neither amount_remaining nor amount_due nor total"):
        owed_by(amount_remaining=missing, amount_due=missing, total=missing)


@pytest.mark.parametrize("name", ["amount_remaining", "amount_due", "total"])
@pytest.mark.parametrize("amount", [0, -1, -4711])
def test_amount_of_zero_or_less_is_permanent_and_not_shown(name: str, amount: int) -> None:
    missing = dict.fromkeys(("amount_remaining", "amount_due", "total"))

    with pytest.raises(PermanentError, match="nothing is left to be paid") as raised:
        owed_by(**missing | {name: amount})

    assert not any(char.isdigit() for char in str(raised.value))
