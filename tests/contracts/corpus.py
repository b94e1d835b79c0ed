"""Generated messages: valid ones from the published schemas, and valid ones with one change."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any

from hypothesis import strategies as st

from ops.contracts.contract import Contract
from schemas.wire import MAX_SAFE_INTEGER

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

EMOJI = "\N{PILE OF POO}"
"""One code point, two UTF-16 units."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\u2028",
        "\x00",
        EMOJI,
        "e\u0301",
        "1",
        "true",
        "null",
        "2030-04-15T14:00:00Z",
        "\ufffe",
        "__proto__",
    ]
)
NUMBER = (
    st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -0.0, 1.0, 1e21, 1e-7, 5e-324, 0.1, 100.0, 9007199254740991.0, 4.35, 1e16, 123456789012345.6])
)
KEY = TEXT | st.sampled_from(["__proto__", "constructor", "toString", "company_id", "then", "0", "\ue000", EMOJI])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=6,
)

TIMES: tuple[str, ...] = (
    *("2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2100-02-29T00:00:00Z"),
    *("2400-02-29T23:59:59Z", "2024-04-31T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-10T00:00:00Z"),
    *("2024-06-30T23:59:60Z", "2024-06-30T23:60:00Z", "2024-06-30T24:00:00Z", "1969-12-31T23:59:59Z"),
    *("1970-01-01T00:00:00Z", "2999-12-31T23:59:59.999999999-23:59", "3000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
    *("2024-04-15T14:00:00+23:59", "2024-04-15T14:00:00+24:00", "2024-04-15T14:00:00-00:00", "10000-01-01T00:00:00Z"),
    *("2024-04-15T14:00:00+01", "2024-04-15T14:00:00+0100", "2024-04-15T14:00:00", "2024-04-15T14:00Z", "2024-04-15"),
    *("2024-04-15T14:00:00.1Z", "2024-04-15T14:00:00.1234567890Z", "2024-04-15T14:00:00.Z", "2024-04-15T14:00:00,5Z"),
    *("2024-04-15t14:00:00z", "2024-04-15 14:00:00Z", "2024-04-15T14:00:00 Z", "20240415T140000Z", "1713189600"),
    *("2024-W16-1T14:00:00Z", "2024-04-15T14:00:00Z\n", " 2024-04-15T14:00:00Z", "2024-04-15T14:00:00[UTC]"),
    *("\u0662024-04-15T14:00:00Z", "2024-04-1\u0665T14:00:00Z", "\uff12024-04-15T14:00:00Z", "P1D", "now"),
)
"""Edge cases of dates, offsets and digits: some valid, most invalid."""

WRONG_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        "",
        "1",
        " ",
        [],
        {},
        [{}],
        [None],
        {"": None},
        {"toString": None},  # JavaScript cannot convert it to a string
        "a" * 129,
        "\u0661\u0662\u0663",
        "ä",
        "A" * 64,
    ),
    *(0, 1, -1, 1.0, 1.5, -0.0, 8, 9, 1e300, 2**31, 32_503_679_999, 32_503_680_000),
    *(MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER, float(MAX_SAFE_INTEGER), MAX_SAFE_INTEGER + 1, -(2**53), 2**53 + 2, 2**64),
    *(
        "aws.events",
        "aws",
        "awsome.service",
        "taly backend",
        "a@b",
        "ada@example.com\n",
        "-a@example.com",
        "ada@example",
    ),
    *(
        "0B7E3C52-8F4E-4A53-9D5C-0F1F6A3B2C1D",
        "0b7e3c528f4e4a539d5c0f1f6a3b2c1d",
        "00000000-0000-0000-0000-000000000000",
    ),
    *("http://example.com", "https://user@example.com", "https://example.com:99999", "https://ex\u00e4mple.com"),
    *(
        "https://example.com/\u2028",
        "https://example.com/[1]",
        "+1415",
        "+04155550123",
        "EUR",
        "eur",
        "\uff25\uff35\uff32",
    ),
    *(" ada@example.com\u00a0", "\u0085+14155550123\u2028", "\ufeffada@example.com", "ada@exa\u200bmple.com"),
    *("ada@müller.example", "ada@exa\u00a0mple.com", "änne@example.com", "\tHTTPS://example.com/x ", "https://a b.c"),
    *("en_US", "EN-us", "zh-hans-cn", "de-DE-u-co-phonebk", "en-GB-oed", "x-y", "Etc/Unknown", "GMT+2", "a/b/c/d/e"),
    *("de-CH", "de_CH", "zh-Hant-TW", "Europe/Berlin", "Etc/GMT+1", "UTC\n", "pdf", "PDF", "booking.created", "x.y"),
    *TIMES,
)


_LONG = tuple(
    letter * (limit + more)
    for letter in ("x", EMOJI, "e\u0301")
    for limit in (1, 64, 128, 200, 250, 254, 256, 500, 1530, 2048)
    for more in (0, 1)
)
"""Texts at the contracts' limits and one beyond; a letter with a combining accent counts as two."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A valid message with one change, and the place of the change."""

    message: Any
    path: Path


@cache  # building a strategy from a long pattern takes longer than using it
def valid(contract: Contract) -> st.SearchStrategy[dict[str, Any]]:
    """Generate messages of one contract, with and without optional fields, and with unknown fields."""
    generated: st.SearchStrategy[dict[str, Any]] = _values(contract.schema, contract.schema.get("$defs", {}))
    return generated


@st.composite
def changed(draw: st.DrawFn, contract: Contract) -> Changed:
    """Generate a valid message with one field removed or replaced."""
    message = draw(valid(contract))
    path = draw(st.sampled_from(list(places(message))))
    if isinstance(path[-1], str) and draw(st.integers(0, 4)) == 0:
        return Changed(without(message, path), path)
    other = _instead_of(at(message, path))
    return Changed(put(message, path, draw(other if _is_named(contract, path) else other.filter(_is_exact))), path)


def at(message: Any, path: Path) -> Any:
    """Return the value at a place."""
    return reduce(getitem, path, message)


def put(message: Any, path: Path, value: object) -> Any:
    """Return a message with another value at a place."""
    changed = copy.deepcopy(message)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def without(message: Any, path: Path) -> Any:
    """Return a message without the field or member at a place."""
    changed = copy.deepcopy(message)
    del at(changed, path[:-1])[path[-1]]
    return changed


def _is_named(contract: Contract, path: Path) -> bool:
    """Whether the contract has a schema for a place."""
    schema: Schema = contract.schema
    for part in path:
        schema = _resolved(schema, contract.schema.get("$defs", {}))
        inner = schema.get("properties", {}).get(part) if isinstance(part, str) else schema.get("items")
        if inner is None:
            return False
        schema = inner
    return bool(_resolved(schema, contract.schema.get("$defs", {})))


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _is_exact(value: object) -> bool:
    """Whether a value is no integer beyond 2^53: in unknown fields no schema sees one, since JSON.parse rounds."""
    return not isinstance(value, int) or abs(value) <= MAX_SAFE_INTEGER


_ANY_VALUE = st.sampled_from(WRONG_VALUES) | JSON


def _instead_of(value: object) -> st.SearchStrategy[Any]:
    if isinstance(value, str):
        tampered = [value + "\n", f" {value}", value.upper(), value[:-1], value + EMOJI, value.replace("1", "\u0661")]
        return st.sampled_from([*tampered, *_LONG]) | _ANY_VALUE
    if isinstance(value, list):
        return st.sampled_from([[], value * 50, value * 51, value[:1] * 50, value[:1] * 51]) | _ANY_VALUE
    return _ANY_VALUE


def places(message: object, path: Path = ()) -> Iterator[Path]:
    """Return the places of all fields and members, at any depth."""
    members: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(message, dict):
        members = iter(message.items())
    elif isinstance(message, list):
        members = iter(enumerate(message))
    for part, inner in members:
        yield (*path, part)
        yield from places(inner, (*path, part))


def _values(schema: Schema, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    """Generate values of a schema. Independent of `ops.contracts.formats.shapes`, so as not to share its faults."""
    match schema:
        case {"$ref": str(reference)}:
            return _values(definitions[reference.rpartition("/")[2]], definitions)
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"anyOf": options}:
            return st.one_of(*(_values(option, definitions) for option in options))
        case {"type": kind}:
            return _BY_TYPE[kind](schema, definitions)
    return JSON


def _object(schema: Schema, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    if "properties" not in schema:
        return st.dictionaries(KEY, _values(schema["additionalProperties"], definitions), max_size=3)
    fields = {name: _values(member, definitions) for name, member in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    known = {*fields, *required}
    unknown = st.dictionaries(KEY.filter(lambda key: key not in known), JSON, max_size=1)
    return st.builds(lambda own, more: {**own, **more}, st.fixed_dictionaries(required, optional=fields), unknown)


def _array(schema: Schema, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    return st.lists(_values(schema["items"], definitions), min_size=least, max_size=max(2, least))


def _string(schema: Schema, _: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    most = schema.get("maxLength", 40)
    if "pattern" not in schema:
        least = schema.get("minLength", 0)
        letters = st.characters(exclude_categories=["Cs"])
        longest = st.sampled_from([EMOJI * most, "x" * most, "é" * least if least else ""])
        return st.text(letters, min_size=least, max_size=min(most, 12)) | longest
    matching = _matching(schema["pattern"])
    if "maxLength" in schema:
        matching = matching.filter(lambda text: len(text) <= most)
    return matching.filter(lambda text: not text.startswith("aws.")) if "not" in schema else matching


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.removesuffix("$") + r"\Z")


def _integer(schema: Schema, _: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    least, most = schema["minimum"], schema["maximum"]
    whole = st.integers(least, most) | st.sampled_from([least, most])
    return whole | whole.map(float)


_BY_TYPE: Mapping[str, Callable[[Schema, Mapping[str, Schema]], st.SearchStrategy[Any]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": lambda _schema, _definitions: NUMBER,
    "boolean": lambda _schema, _definitions: st.booleans(),
    "null": lambda _schema, _definitions: st.none(),
}
