"""Messages generated from the released contracts in schemas/history/ are still read."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.contracts.releases.history import ENVELOPE, ReleaseHistory
from ops.contracts.releases.normal_form import Schema
from schemas.catalogue import ALL_BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import MAX_HOPS, Message

SAFE = 2**53 - 1
TEXT = st.characters(codec="utf-8")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(TEXT, max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(TEXT, max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def values(schema: Schema) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911 one return a kind
    """Generate values of a schema in normal form, with unknown fields."""
    match schema:
        case {"anyOf": options}:
            return st.one_of([values(option) for option in options])
        case {"enum": allowed}:
            return st.sampled_from(allowed)
        case {"type": "null"}:
            return st.none()
        case {"type": "string", "pattern": str(pattern)}:
            return matching(pattern, longest=schema.get("maxLength", 10_000))
        case {"type": "string"}:
            return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 20), 20))
        case {"type": "integer"}:
            return st.integers(schema.get("minimum", -SAFE), schema.get("maximum", SAFE))
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "array"}:
            return st.lists(values(schema.get("items", {})), min_size=schema.get("minItems", 0), max_size=3)
        case {"type": "object", "properties": fields}:
            return fields_of({name: values(field) for name, field in fields.items()}, schema.get("required", []))
        case {"type": "object"}:
            return st.dictionaries(st.text(TEXT, max_size=5), ANYTHING, max_size=3)
    assert schema == {}, f"extend this test to generate {schema}"
    return ANYTHING


@cache
def matching(pattern: str, *, longest: int) -> st.SearchStrategy[str]:
    """Generate matching text, without the final newline that `$` allows in Python but not in JSON Schema."""
    made = st.from_regex(pattern, fullmatch=True)
    return made.map(lambda text: text.removesuffix("\n")).filter(lambda text: len(text) <= longest)


def fields_of(made: dict[Any, st.SearchStrategy[Any]], required: list[str]) -> st.SearchStrategy[Any]:
    unknown = st.dictionaries(st.sampled_from(["unknown", "日本"]), ANYTHING)
    always = {name: made[name] for name in required}
    known = st.fixed_dictionaries(always, optional={name: made[name] for name in made.keys() - always})
    return st.tuples(unknown, known).map(lambda pair: pair[0] | pair[1])


@cache
def envelopes() -> st.SearchStrategy[dict[str, Any]]:
    """Generate the envelope's fields by any released revision, without those that depend on the type."""
    type_specific = {"type", "version", "payload"}
    released = [
        {name: field for name, field in revision["properties"].items() if name not in type_specific}
        | {"hops": {"type": "integer", "minimum": 0, "maximum": MAX_HOPS}}
        for revision in ReleaseHistory().revisions()[ENVELOPE]
    ]
    some = [
        fields_of({name: values(field) for name, field in fields.items()}, ["timestamp", "attempts"])
        for fields in released
    ]
    return st.one_of(some).filter(lambda fields: not fields.get("source", "").startswith("aws."))


PAYLOADS = [
    pytest.param(name, values(revision), id=f"{name}.r{number}")
    for name, revisions in ReleaseHistory().revisions().items()
    for number, revision in enumerate(revisions, start=1)
    if name.rpartition(".v")[0] in ALL_BY_NAME
]


@pytest.mark.parametrize(("name", "payloads"), PAYLOADS)
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_released_message_is_read_as_the_newest_version(
    name: str, payloads: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    type_name, _, version = name.rpartition(".v")
    own = {"type": type_name, "version": int(version), "payload": data.draw(payloads)}

    read = decode_strictly(json.dumps(data.draw(envelopes()) | own), catalogue=ALL_BY_NAME)

    assert isinstance(read, Message), read
    assert read.version == ALL_BY_NAME[type_name].version
    assert isinstance(read.payload, ALL_BY_NAME[type_name].payload)
