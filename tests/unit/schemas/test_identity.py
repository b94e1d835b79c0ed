"""Derived ids are the same wherever they are computed."""

import hashlib
import json
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.identity import NAMESPACE, ParentIdentity, derived_id, payload_digest, uuid_of

PAYLOAD = {"companyId": "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11", "amount": 1.0, "name": "Zoë"}
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
"""Any text without lone surrogates."""

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(["\ue000", "\U0001f600", "\x7f", "\x1f", '"', "\\", "/", "\u2028"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=10,
)
PAYLOADS = st.dictionaries(TEXT | st.sampled_from(["\ue000", "\U0001f600"]), VALUES, max_size=5)
SUITE = settings(max_examples=500, derandomize=True, database=None, deadline=None)


def body(payload: object, **layout: Any) -> str:
    return json.dumps({"attempts": 1, "payload": payload}, **layout)


def test_the_derived_id_is_the_uuidv5_of_the_canonical_json() -> None:
    given = derived_id("booking.created", PAYLOAD, "2026-04-14T14:00:00Z")

    canonical = (
        '{"payload":{"amount":1,"companyId":"7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11","name":"Zoë"},'
        '"timestamp":"2026-04-14T14:00:00Z","type":"booking.created"}'
    )
    assert given == str(uuid5(NAMESPACE, canonical))
    assert UUID(given).version == 5


def test_the_payload_digest_is_the_sha256_of_the_canonical_json() -> None:
    canonical = '{"amount":1,"companyId":"7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11","name":"Zoë"}'

    assert payload_digest(body(PAYLOAD)) == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_follow_ups_id_is_the_uuidv5_of_parent_type_and_discriminator() -> None:
    parent = ParentIdentity("a-company", "booking.created", "4711", "a digest")

    canonical = '["a-company","booking.created","4711","a digest","webhook.deliver","ü1"]'
    assert parent.follow_up_id("webhook.deliver", "ü1") == str(uuid5(NAMESPACE, canonical))


def test_follow_ups_differ_by_each_part_of_their_origin() -> None:
    parents = [ParentIdentity(*parts) for parts in product("ab", repeat=4)]

    ids = {parent.follow_up_id(kind, key) for parent in parents for kind, key in product("ab", repeat=2)}

    assert len(ids) == 2**6


@SUITE
@given(PAYLOADS)
@example({"\ue000": 0, "\U0001f600": 0})  # RFC 8785 sorts by UTF-16 code units: the other way round
@example({"small": 1e-7, "large": 1e21, "between": 123456789012345680000.0, "zero": -0.0})
def test_every_payload_has_the_digest_of_rfc_8785(payload: dict[str, Any]) -> None:
    expected = hashlib.sha256(rfc8785.dumps(payload)).hexdigest()

    assert payload_digest(body(payload)) == expected
    assert payload_digest(body(payload, ensure_ascii=False)) == expected


@SUITE
@given(st.lists(TEXT, max_size=4))
def test_an_id_of_texts_is_the_uuidv5_of_their_canonical_json(texts: list[str]) -> None:
    assert uuid_of(*texts) == str(uuid5(NAMESPACE, rfc8785.dumps(texts).decode()))


@SUITE
@given(PAYLOADS, st.none() | st.integers(0, 3), st.randoms(use_true_random=False))
def test_a_digest_ignores_key_order_white_space_and_escapes(
    payload: dict[str, Any], indent: int | None, random: Random
) -> None:
    shuffled = {key: payload[key] for key in random.sample(list(payload), len(payload))}

    assert payload_digest(body(shuffled, indent=indent, ensure_ascii=False)) == payload_digest(body(payload))


@pytest.mark.parametrize(
    ("one", "other"), [("2", "2.0"), ("2", "2e0"), ("0", "-0.0"), ("1e21", "1E+21"), ('"é"', '"\\u00e9"')]
)
def test_two_spellings_of_one_value_have_one_digest(one: str, other: str) -> None:
    assert payload_digest(f'{{"payload":{{"a":{one}}}}}') == payload_digest(f'{{"payload":{{"a":{other}}}}}')


WITHOUT_CANONICAL_FORM = ("9007199254740992", "9007199254740993", "1e400", "NaN", "9" * 5_000, "9" * 5_001)


def test_payloads_without_canonical_form_have_digests_of_their_own() -> None:
    digests = [payload_digest(f'{{"payload":{{"b":2.5,"a":{value}}}}}') for value in WITHOUT_CANONICAL_FORM]

    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("value", WITHOUT_CANONICAL_FORM)
@pytest.mark.parametrize("beside", ["2", "2.5"])
def test_a_digest_without_canonical_form_ignores_order_and_white_space(value: str, beside: str) -> None:
    one, other = f'{{"payload":{{"b":{beside},"a":{value}}}}}', f'{{ "payload": {{"a": {value}, "b": {beside} }} }}'

    assert payload_digest(one) == payload_digest(other)
