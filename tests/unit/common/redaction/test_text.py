"""What an error text may tell."""

import json

import pytest

from lambdas.common.redaction.text import redacted
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


@pytest.mark.parametrize("length", [*range(1_970, 2_001), 2_500, 3_999, 4_000])
def test_no_half_of_an_address_is_left_where_a_long_text_is_cut(length: int) -> None:
    long = "x" * (length - 1)

    assert "ada" not in redacted(f"{long} ada.lovelace@example.com", body_of(long=long))


def test_many_values_in_a_long_text_are_looked_at_in_bounded_time() -> None:
    values = ["a" * length for length in range(2, 1_400)]

    assert redacted("a" * 1_000_000, body_of(values=values)).startswith("aaa")


@pytest.mark.parametrize("length", [1_000, 1_990, 2_000, 2_001, 3_000, 4_000])
def test_what_stands_behind_a_long_value_does_not_move_into_what_is_told(length: int) -> None:
    values = {"text": "y" * (length - 1) + " ", "name": "Ada Lovelace"}

    assert "Ada" not in redacted(f"cannot render {values}", body_of(**values))


def test_what_stands_behind_many_words_that_are_taken_out_is_not_told() -> None:
    values = {"text": "y " * 1_000, "name": "Ada Lovelace"}

    assert redacted(f"cannot render {values}", body_of(**values)) == "cannot render {'text': '[redacted]"


def test_what_is_found_behind_what_is_looked_at_brings_nothing_from_there() -> None:
    long, name = "x" * 1_995, "Ada " * 500

    told = redacted(
        f"{long} {name.strip()}s and Grace Hopper", body_of(long=long, name=name.strip(), boss="Grace Hopper")
    )

    assert "Grace" not in told


@pytest.mark.parametrize(
    ("told", "value", "kept"),
    [
        (json.dumps("Dear\nAda Lovelace"), "Ada Lovelace", '"Dear\\n[redacted]"'),
        (repr("a\tLovelace"), "Lovelace", "'a\\t[redacted]'"),
        (repr("a\x0bLovelace"), "Lovelace", "'a\\x0b[redacted]'"),
        (json.dumps("\u200bLovelace"), "Lovelace", '"\\u200b[redacted]"'),
        (json.dumps(json.dumps("a\nLovelace")), "Lovelace", '"\\"a\\\\n[redacted]\\""'),
        ("x?name%3DLovelace", "Lovelace", "x?name%3D[redacted]"),
        ("x?name%3D42", "42", "x?name%3D[redacted]"),
        ("KeyError(Ada)", "(Ada)", "KeyError[redacted]"),
        ("at#12 Main Street", "#12 Main Street", "at[redacted]"),
        ("Adas Haircuts", "Ada", "Adas Haircuts"),
    ],
)
def test_a_value_ends_where_its_word_does(told: str, value: str, kept: str) -> None:
    assert redacted(told, body_of(name=value)) == kept


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("x?name=Ada+Lovelace", "Ada Lovelace"),
        ("<b>O&#x27;Neil &amp; Söhne</b>", "O'Neil & Söhne"),
        ("<b>O'Neil &amp; Söhne</b>", "O'Neil & Söhne"),
        (f"{'Zoë O`Neil'.encode()!r}", "Zoë O`Neil"),
        (repr({"body": json.dumps({"name": "Zoë O'Neil"})}), "Zoë O'Neil"),
        (repr(json.dumps({"name": "Zoë O'Neil"}).encode()), "Zoë O'Neil"),
        (json.dumps({"body": json.dumps({"name": "Zoë"})}), "Zoë"),
        (repr('"Miss" O\'Neil'), "O'Neil"),
        ("no route to 004930123456", "+4930123456"),
        ("no route to 491701234567", 491701234567),
        ("no route to -12345.5", -12345.5),
    ],
)
def test_a_value_is_known_in_what_is_made_of_it(told: str, value: object) -> None:
    left = redacted(told, body_of(name=value))

    assert "[redacted]" in left
    assert not any(part in left for part in ("Ada", "Zo", "Neil", "hne", "49", "2345"))


def test_a_short_number_stays() -> None:
    assert redacted("attempt 4 of 1234", body_of(count=1234, more=True)) == "attempt 4 of 1234"
