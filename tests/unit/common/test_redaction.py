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


def body_of(**payload: object) -> str:
    return json.dumps({"payload": payload})


@pytest.mark.parametrize("name", ["ada_lovelace", "ada", "ada.lovelace"])
def test_a_name_that_looks_like_one_of_ours_is_taken_out(name: str) -> None:
    assert redacted(f"no room for {name}", body_of(customer=name, values={"template": name})) == (
        "no room for [redacted]"
    )


def test_what_leads_to_the_fault_stays() -> None:
    told = "template booking_confirmation: startTime: is missing"

    assert redacted(told, body_of(template="booking_confirmation", startTime="2026-04-15T14:00:00Z")) == told


def test_a_name_in_a_field_that_names_something_of_ours_is_taken_out() -> None:
    assert redacted("no Ada Lovelace", body_of(template="Ada Lovelace")) == "no [redacted]"


@pytest.mark.parametrize("glued", ["user_{}", "{}2", "{}_{}", "x={}&y={}"])
def test_a_value_that_is_glued_to_other_signs_is_taken_out(glued: str) -> None:
    assert "Ada" not in redacted(glued.format("Ada", "Ada"), body_of(name="Ada"))


def test_a_number_inside_a_longer_one_stays() -> None:
    assert redacted("the CRM answered 422", body_of(invoice="42")) == "the CRM answered 422"


def test_a_telephones_number_without_its_plus_is_taken_out() -> None:
    assert redacted("no route to 4930123456", body_of(phone="+4930123456")) == "no route to [redacted]"


def test_a_key_that_is_no_fields_name_is_taken_out() -> None:
    body = body_of(values={"Ada Lovelace": 1, "startTime": 2})

    assert redacted("neither 'Ada Lovelace' nor 'startTime'", body) == "neither '[redacted]' nor 'startTime'"


def test_what_else_must_not_be_told_is_taken_out() -> None:
    assert redacted("Grace is out", "{}", ["Grace"]) == "[redacted] is out"


@pytest.mark.parametrize("length", range(1_980, 2_001))
def test_no_half_of_a_value_is_left_where_a_long_text_is_cut(length: int) -> None:
    long, name = "x" * (length - 1), "Ada Lovelace"

    assert redacted(f"{long} {name} is out", body_of(long=long, name=name)).startswith("[redacted] [redacted]")


@pytest.mark.parametrize("length", range(1_970, 2_001))
def test_no_half_of_an_address_is_left_where_a_long_text_is_cut(length: int) -> None:
    long = "x" * (length - 1)

    assert "ada" not in redacted(f"{long} ada.lovelace@example.com", body_of(long=long))


def test_many_values_in_a_long_text_are_looked_at_in_bounded_time() -> None:
    values = ["a" * length for length in range(2, 1_400)]

    assert redacted("a" * 1_000_000, body_of(values=values)).startswith("aaa")
