"""Validation of any bytes: it never raises, and names what is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.messages.validate import check
from schemas.identity import derived_id
from schemas.message import AnyMessage, Message
from schemas.problems import Refusal
from schemas.reasons import Reason
from tests.bad_input import BadInput, bad_inputs
from tests.messages import booking, booking_payload, text

BUS_LIMIT = 1_048_575


def refused(body: bytes) -> Refusal:
    checked = check(body)
    assert isinstance(checked, Refusal)
    return checked


def accepted(message: dict[str, Any]) -> AnyMessage:
    checked = check(text(message).encode())
    assert isinstance(checked, Message)
    return checked


def event_size(message: dict[str, Any]) -> int:
    return len(message["source"]) + len(message["type"]) + len(text(message).encode())


def of_event_size(size: int, **fields: Any) -> dict[str, Any]:
    """A booking of a size in bytes on the bus, with fields that no contract names."""
    message = booking(source="taly.backend", filler="", **fields)
    return message | {"filler": "x" * (size - event_size(message))}


def test_a_message_without_an_id_gets_the_derived_id() -> None:
    message = booking()

    checked = accepted(message)

    assert checked.id == derived_id(message["type"], message["payload"], message["timestamp"])
    assert "id" not in checked.model_fields_set


def test_a_message_with_an_id_keeps_it() -> None:
    assert accepted(booking(id="booking-1")).id == "booking-1"


@pytest.mark.parametrize("bad", bad_inputs(), ids=repr)
def test_bad_input_is_refused_with_its_reason(bad: BadInput) -> None:
    assert refused(bad.body).reason is bad.reason


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b" \n", "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8: byte 7 of 9 is 0xff"),
        (b'{"a":"\xc3', "not UTF-8: byte 7 of 7 is 0xc3"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b'{"a":"\x00"}', "line 1, column 7"),
        (b"\x00", "not JSON"),
        (b"[" * 100_000, "64 levels"),
        (b'{"a":' * 100_000, "64 levels"),
        (b"[" * 100_000 + b"]" * 100_000, "64 levels"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b'{"a":1e400}', "too large for a double"),
        (b'{"a":' + b"9" * 400 + b"}", "integer is beyond"),
        (b'{"a":1.' + b"9" * 400 + b"e400}", "too large for a double"),
        (b'{"a":1,"a":2}', "the same key twice"),
        (rb'{"a":"\ud800"}', "half a surrogate pair"),
        (b'"\xed\xa0\x80"', "not UTF-8: byte 2 of 5 is 0xed"),
        (b"{}\n{}\n", "line 2, column 1"),
        (b"{} x", "line 1, column 4"),
    ],
    ids=lambda value: repr(value)[:24] if isinstance(value, bytes) else None,
)
def test_anything_but_strict_json_in_utf_8_is_invalid_json(body: bytes, sentence: str) -> None:
    checked = refused(body)

    assert checked.reason is Reason.INVALID_JSON
    assert sentence in checked.sentence()


@pytest.mark.parametrize(
    ("message", "reason", "path"),
    [
        ([], Reason.INVALID_ENVELOPE, ""),
        (None, Reason.INVALID_ENVELOPE, ""),
        (booking(attempts="1"), Reason.INVALID_ENVELOPE, "attempts"),
        (booking(type="booking.archived"), Reason.UNKNOWN_TYPE, "type"),
        (booking(version=99), Reason.UNSUPPORTED_VERSION, "version"),
        (booking(payload=booking_payload(timeZone=4)), Reason.INVALID_PAYLOAD, "payload.timeZone"),
        (booking(hops=9), Reason.LOOP, "hops"),
    ],
)
def test_a_refusal_has_the_reason_and_the_path(message: Any, reason: Reason, path: str) -> None:
    checked = refused(json.dumps(message).encode())

    assert checked.reason is reason
    assert [problem.path for problem in checked.problems] == [path]


def test_every_error_is_reported() -> None:
    wrong = booking(payload=booking_payload(timeZone=4, staff="", customer={"name": "Ada", "phone": 4}))

    checked = refused(text(wrong).encode())

    assert {problem.path for problem in checked.problems} == {
        "payload.timeZone",
        "payload.staff",
        "payload.customer.email",
        "payload.customer.phone",
    }


def test_one_byte_over_the_limit_of_the_bus_is_too_large() -> None:
    fits, does_not = (of_event_size(size, id="booking-1") for size in (BUS_LIMIT, BUS_LIMIT + 1))

    assert accepted(fits).id == "booking-1"
    checked = refused(text(does_not).encode())
    assert checked.reason is Reason.TOO_LARGE
    assert "1,048,576 bytes" in checked.sentence()
    assert "1,048,575 at most" in checked.sentence()


def test_the_id_that_the_ingress_adds_counts_as_size() -> None:
    added = len('"id":"",') + 36

    assert accepted(of_event_size(BUS_LIMIT - added)).id
    checked = refused(text(of_event_size(BUS_LIMIT - added + 1)).encode())
    assert checked.reason is Reason.TOO_LARGE
    assert f"{added} of them for the id" in checked.sentence()


def test_size_is_counted_in_bytes_not_characters() -> None:
    assert refused(text(booking(filler="é" * 600_000)).encode()).reason is Reason.TOO_LARGE


def test_an_invalid_message_that_is_too_large_is_refused_as_invalid() -> None:
    assert refused(text(booking(attempts=0, filler="x" * 2_000_000)).encode()).reason is Reason.INVALID_ENVELOPE


def test_a_character_that_sqs_refuses_is_named_with_its_escape() -> None:
    raw, escaped = (text(booking(note=note)) for note in ("\uffff", "NOTE"))

    checked = refused(raw.encode())

    assert checked.reason is Reason.INVALID_JSON
    assert "\\uffff" in checked.sentence()
    assert isinstance(check(escaped.replace("NOTE", "\\uffff").encode()), Message)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda each: json.dumps(each).encode()))
def test_no_bytes_raise_an_exception(body: bytes) -> None:
    assert isinstance(check(body), Refusal | Message)


@given(st.sampled_from(sorted(booking())), st.recursive(st.none() | st.floats() | st.integers() | st.text(), st.lists))
def test_no_value_of_a_field_raises_an_exception(name: str, value: Any) -> None:
    assert isinstance(check(json.dumps(booking(**{name: value})).encode()), Refusal | Message)
