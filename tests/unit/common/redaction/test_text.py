"""Redaction of error texts."""

import ast
import json
from collections.abc import Iterator
from html import escape
from importlib import import_module
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import ROOT
from lambdas.common.redaction.text import redact
from schemas.wire import constant
from tests.messages import BOOKING, booking
from tests.messages import text as text_of

BODY = text_of(booking())


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_payload_values_and_personal_data_are_redacted(text: str, expected: str) -> None:
    assert redact(text, BODY) == expected


def test_long_text_is_cut() -> None:
    assert len(redact("word " * 1_000, BODY)) == 300


def test_hostile_text_and_payload_take_bounded_time() -> None:
    body = json.dumps({"payload": [f"value {number}" for number in range(50_000)]})

    assert redact("a" * 1_000_000 + "@", body).startswith("aaa")


@pytest.mark.parametrize("body", ["", "[]", "{}", "7", "[" * 100_000, '{"payload": null}'])
def test_unreadable_body_redacts_nothing(body: str) -> None:
    assert redact("plain words", body) == "plain words"


@pytest.mark.parametrize(
    ("name", "text"), [("Bo", "no room for Bo today"), ("佐藤", "佐藤さんの予約"), ("Zoë", "Zoë's")]
)
def test_short_name_in_any_script_is_redacted(name: str, text: str) -> None:
    body = json.dumps({"payload": {"name": name}})

    assert redact(text, body) == text.replace(name, "[redacted]")


def test_nested_payload_values_are_redacted() -> None:
    body = json.dumps({"payload": {"a": [{"b": ["Ada Lovelace"]}]}})

    assert redact("Ada Lovelace", body) == "[redacted]"


def body_of(**payload: object) -> str:
    return json.dumps({"payload": payload})


@pytest.mark.parametrize("name", ["ada_lovelace", "ada", "ada.lovelace"])
def test_personal_name_that_looks_like_a_system_name_is_redacted(name: str) -> None:
    assert redact(f"no room for {name}", body_of(customer=name, values={"template": name})) == (
        "no room for [redacted]"
    )


def test_template_and_field_names_are_kept() -> None:
    text = "template booking_confirmation: startTime: is missing"

    assert redact(text, body_of(template="booking_confirmation", startTime="2026-04-15T14:00:00Z")) == text


def test_personal_name_in_an_unredacted_field_is_redacted() -> None:
    assert redact("no Ada Lovelace", body_of(template="Ada Lovelace")) == "no [redacted]"


@pytest.mark.parametrize("glued", ["user_{}", "{}2", "{}_{}", "x={}&y={}"])
def test_value_next_to_other_characters_is_redacted(glued: str) -> None:
    assert "Ada" not in redact(glued.format("Ada", "Ada"), body_of(name="Ada"))


def test_number_inside_a_longer_number_is_kept() -> None:
    assert redact("the CRM answered 422", body_of(invoice="42")) == "the CRM answered 422"


def test_phone_number_without_plus_is_redacted() -> None:
    assert redact("no route to 4930123456", body_of(phone="+4930123456")) == "no route to [redacted]"


def test_key_that_is_no_field_name_is_redacted() -> None:
    body = body_of(values={"Ada Lovelace": 1, "startTime": 2})

    assert redact("neither 'Ada Lovelace' nor 'startTime'", body) == "neither '[redacted]' nor 'startTime'"


def test_additional_values_are_redacted() -> None:
    assert redact("Grace is out", "{}", ["Grace"]) == "[redacted] is out"


@pytest.mark.parametrize("length", range(1_980, 2_001))
def test_cut_text_ends_with_no_part_of_a_value(length: int) -> None:
    long, name = "x" * (length - 1), "Ada Lovelace"

    assert redact(f"{long} {name} is out", body_of(long=long, name=name)).startswith("[redacted] [redacted]")


@pytest.mark.parametrize("length", [*range(1_970, 2_001), 2_500, 3_999, 4_000])
def test_cut_text_ends_with_no_part_of_an_email_address(length: int) -> None:
    long = "x" * (length - 1)

    assert "ada" not in redact(f"{long} ada.lovelace@example.com", body_of(long=long))


def test_many_values_in_a_long_text_take_bounded_time() -> None:
    values = ["a" * length for length in range(2, 1_400)]

    assert redact("a" * 1_000_000, body_of(values=values)).startswith("aaa")


@pytest.mark.parametrize("length", [1_000, 1_990, 2_000, 2_001, 3_000, 4_000])
def test_text_after_a_long_value_does_not_move_up(length: int) -> None:
    values = {"text": "y" * (length - 1) + " ", "name": "Ada Lovelace"}

    assert "Ada" not in redact(f"cannot render {values}", body_of(**values))


def test_text_after_many_redacted_words_does_not_move_up() -> None:
    values = {"text": "y " * 1_000, "name": "Ada Lovelace"}

    assert redact(f"cannot render {values}", body_of(**values)) == "cannot render {'text': '[redacted]"


def test_match_across_the_search_limit_adds_no_later_text() -> None:
    long, name = "x" * 1_995, "Ada " * 500

    text = redact(
        f"{long} {name.strip()}s and Grace Hopper", body_of(long=long, name=name.strip(), boss="Grace Hopper")
    )

    assert "Grace" not in text


@pytest.mark.parametrize(
    ("text", "value", "expected"),
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
def test_value_is_redacted_up_to_its_word_boundary(text: str, value: str, expected: str) -> None:
    assert redact(text, body_of(name=value)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
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
def test_encoded_value_is_redacted(text: str, value: object) -> None:
    left = redact(text, body_of(name=value))

    assert "[redacted]" in left
    assert not any(part in left for part in ("Ada", "Zo", "Neil", "hne", "49", "2345"))


def test_short_number_is_kept() -> None:
    assert redact("attempt 4 of 1234", body_of(count=1234, more=True)) == "attempt 4 of 1234"


@pytest.mark.parametrize(
    "sentence",
    [
        "must be an email address, such as ada@example.com",
        "must be a phone number in E.164 form, such as +14155550123, found an empty string",
        "must be an https address, such as https://app.taly.dev/reports/1",
        constant("write https://host/path"),
    ],
)
def test_our_own_sentence_is_kept_where_the_payload_has_its_words(sentence: str) -> None:
    values = ["ada@example.com", "+14155550123", "https://app.taly.dev/reports/1", "empty string", "https://host/path"]

    assert redact(f"x: {sentence}; nobody", body_of(values=[*values, "nobody"])) == f"x: {sentence}; [redacted]"


def test_an_address_that_is_an_example_is_redacted_outside_our_sentence() -> None:
    own = "must be an email address, such as ada@example.com"

    assert redact(f"ada@example.com bounced: {own}", body_of(email="ada@example.com")) == f"[redacted] bounced: {own}"


@pytest.mark.parametrize("more", [".evil.org", "-x", "@x", "/secret"])
def test_an_address_that_begins_like_an_example_is_redacted(more: str) -> None:
    text = f"must be an email address, such as ada@example.com{more}"

    assert "ada@" not in redact(text, "{}")


def test_a_value_longer_than_our_sentence_is_redacted_with_it() -> None:
    value = "Ada must be an email address, such as ada@example.com, Lovelace"

    assert redact(f"no {value}!", body_of(value=value)) == "no [redacted]!"


def constants_of_exceptions(tree: ast.Module) -> Iterator[str]:
    """The string constants of a module's `raise` statements, and those that they name."""
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in (
        each for statement in ast.walk(tree) if isinstance(statement, ast.Raise) for each in ast.walk(statement)
    ):
        found = named.get(node.id) if isinstance(node, ast.Name) else node
        for each in ast.walk(found) if found else ():
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


@pytest.mark.parametrize("folder", ["lambdas", "schemas"])
def test_no_constant_of_an_exception_is_redacted(folder: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        for words in constants_of_exceptions(ast.parse(file.read_text())):
            if "[" not in redact(words, "{}"):
                continue
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
            assert redact(words, "{}") == " ".join(words.split()), f"{file}: register it by `constant`"


def test_a_text_with_too_many_forms_to_compare_is_hidden_as_a_whole() -> None:
    values = ["- " * length + "-" * extra for length in range(1, 500) for extra in range(3)]

    assert redact("- " * 1_000, body_of(values=values)) == "[redacted]"


def test_a_text_with_too_many_values_to_encode_is_hidden_as_a_whole() -> None:
    values = [f"'é{number}" for number in range(20_000)]

    assert redact("no \\n Ada", body_of(values=values)) == "[redacted]"


def test_a_value_beside_a_number_of_5000_digits_is_redacted() -> None:
    body = '{"payload": {"name": "Ada Lovelace", "unknown": ' + "9" * 5_000 + "}}"

    assert redact("no room for Ada Lovelace", body) == "no room for [redacted]"


PIECES = (
    "Ada",
    "Bo",
    "佐藤",
    "Zoë",
    "O'Neil",
    "a b",
    "x-",
    "42",
    "+4930123456",
    "\\",
    '"',
    "&",
    "%",
    " ",
    "_",
    "aa",
    "é",
)
ENCODERS = (str, json.dumps, repr, ascii, quote, quote_plus, escape, lambda value: repr(value.encode()))
VALUES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=30), st.data())
def test_no_value_between_spaces_is_left_in_any_encoding(values: list[str], data: st.DataObject) -> None:
    encode = data.draw(st.sampled_from(ENCODERS))
    padding = data.draw(st.sampled_from([0, 1_970, 1_995]))
    chosen = [each for each in values if len(each.strip()) > 1 and each == each.strip()]
    text = "| " * (padding // 2) + " | ".join(map(encode, chosen)) + " |"

    left = redact(text, body_of(values=values))

    for value in chosen:
        assert f" {encode(value)} " not in f" {left} "
