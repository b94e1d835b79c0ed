"""What an error text may tell."""

import json

import pytest

from lambdas.common.redaction import redacted
from tests.messages import BOOKING, booking, text

BODY = text(booking())


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("no room for Ada Lovelace today", "no room for [redacted] today"),
        ("'ada@example.com' bounced", "'[redacted]' bounced"),
        ("other@example.org bounced", "[email] bounced"),
        ("call +49 (30) 1234-567 now", "call [phone] now"),
        ("GET https://crm.test/x?token=s3cret failed", "GET [url] failed"),
        (f"booking {BOOKING} is gone", f"booking {BOOKING} is gone"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("Haircuts are Haircut", "Haircuts are [redacted]"),
    ],
)
def test_what_stood_in_the_payload_or_looks_personal_is_taken_out(told: str, kept: str) -> None:
    assert redacted(told, BODY) == kept


def test_a_long_text_is_cut() -> None:
    assert len(redacted("word " * 1_000, BODY)) == 300


def test_a_hostile_text_and_payload_are_looked_at_in_bounded_time() -> None:
    body = json.dumps({"payload": [f"value {number}" for number in range(50_000)]})

    assert redacted("a" * 1_000_000 + "@", body).startswith("aaa")


@pytest.mark.parametrize("body", ["", "[]", "{}", "7", "[" * 100_000, '{"payload": null}'])
def test_a_body_that_cannot_be_read_takes_nothing_from_the_text(body: str) -> None:
    assert redacted("plain words", body) == "plain words"


@pytest.mark.parametrize(
    ("name", "told"), [("Bo", "no room for Bo today"), ("佐藤", "佐藤さんの予約"), ("Zoë", "Zoë's")]
)
def test_a_short_name_in_any_script_is_taken_out(name: str, told: str) -> None:
    body = json.dumps({"payload": {"name": name}})

    assert redacted(told, body) == told.replace(name, "[redacted]")


def test_values_deep_in_the_payload_are_found() -> None:
    body = json.dumps({"payload": {"a": [{"b": ["Ada Lovelace"]}]}})

    assert redacted("Ada Lovelace", body) == "[redacted]"
