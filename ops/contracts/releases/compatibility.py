"""Compare two normal forms: does the new contract accept every message that the old one accepts?

Widening is compatible: a new optional field, a required field made optional, more values, a wider range, null.
A change that cannot be compared counts as a breach.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ops.contracts.releases.normal_form import Schema
from ops.contracts.releases.rules import Breach, Rule

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

_ANYTHING: Schema = {}

_LOWER_LIMITS = ("minLength", "minItems", "minProperties")
_UPPER_LIMITS = ("maxLength", "maxItems", "maxProperties")
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}

_FIXED = {
    "pattern": Rule.PATTERN_CHANGED,
    "format": Rule.PATTERN_CHANGED,
    "multipleOf": Rule.RANGE_NARROWED,
    "uniqueItems": Rule.LENGTH_NARROWED,
    "not": Rule.INCOMPARABLE,
}
"""Keywords that may be dropped but never added or changed."""

_COMPARED = {
    *("type", "enum", "anyOf", "default", "properties", "required", "additionalProperties", "items", "prefixItems"),
    *_LOWER_LIMITS,
    *_UPPER_LIMITS,
    *_FIXED,
    *_BOUNDS,
}


def breaches(old: Schema, new: Schema, path: str = "payload") -> Iterator[Breach]:
    """Return the breaches of the old contract by the new one.

    Args:
        old: the released contract, in normal form.
        new: the changed contract, in normal form.
        path: their place in a message.
    """
    if key(old) == key(new):
        return
    if "anyOf" in old or "anyOf" in new:
        yield from _options(old, new, path)
        return
    if not _compatible_types(old, new):
        yield Breach(Rule.RETYPED, path, summary(old), summary(new))
        return
    if "enum" in old or "enum" in new:
        yield from _enumerations(old, new, path)
        return
    yield from _limits(old, new, path)
    yield from _range(old, new, path)
    yield from _fields(old, new, path)
    yield from _members(old, new, path)
    for keyword in sorted((old.keys() | new.keys()) - _COMPARED):
        if old.get(keyword) != new.get(keyword):
            yield Breach(Rule.INCOMPARABLE, path, _constraint(old, keyword), _constraint(new, keyword))


def accepts(schema: Schema, value: object) -> bool:
    """Whether a schema in normal form accepts a scalar, such as a value of an enumeration."""
    if "anyOf" in schema:
        return any(accepts(option, value) for option in schema["anyOf"])
    if "enum" in schema:
        return key(value) in map(key, schema["enum"])
    if "type" in schema and not _is_a(value, schema["type"]):
        return False
    if isinstance(value, str):
        pattern = schema.get("pattern", "")
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return fits and "format" not in schema and bool(re.search(pattern, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _is_within(schema, value)
    return True


def summary(schema: Any) -> str:
    """Describe a schema in a few words: `string or null`, `one of "pdf", "csv"`."""
    match schema:
        case {"anyOf": [*options]}:
            return " or ".join(summary(option) for option in options)
        case {"enum": [value]}:
            return key(value)
        case {"enum": [*values]}:
            return f"one of {joined(values)}"
        case {"type": "array", "items": dict(items)}:
            return f"array of {summary(items)}"
        case {"type": str(kind)}:
            return kind
    return "anything"


def joined(values: Iterable[Any]) -> str:
    """Join values with commas."""
    return ", ".join(map(key, values))


def key(value: object) -> str:
    """Return a JSON value as text for comparison, since in Python 1 equals True."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _is_a(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES.get(kind, ())) and (kind == "boolean" or not isinstance(value, bool))


def _is_within(schema: Schema, value: float) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", float("-inf"))
        and not value >= schema.get("exclusiveMaximum", float("inf"))
        and "multipleOf" not in schema
    )


def _compatible_types(old: Schema, new: Schema) -> bool:
    before, after = old.get("type"), new.get("type")
    return before == after or after is None or (before, after) == ("integer", "number")


def _options(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    """Check that a new option accepts each of the old options."""
    possible = _split(new)
    for option in _split(old):
        attempts = [(each, list(breaches(option, each, path))) for each in possible]
        if all(broken for _, broken in attempts):
            similar = [broken for each, broken in attempts if _compatible_types(option, each)]
            if option.get("type") == "null":
                yield Breach(Rule.NULL_REFUSED, path, summary(old), summary(new))
            elif similar:
                yield from min(similar, key=len)
            else:
                yield Breach(Rule.RETYPED, path, summary(old), summary(new))


def _split(schema: Schema) -> list[Schema]:
    """Return the options of a schema, each with the keywords beside `anyOf`; a schema without options itself."""
    common = {keyword: value for keyword, value in schema.items() if keyword not in {"anyOf", "default"}}
    return [{**common, **option} for option in schema.get("anyOf", [_ANYTHING])]


def _enumerations(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    if "enum" not in old:
        yield Breach(Rule.ENUM_NARROWED, path, f"any {summary(old)}", summary(new))
    elif refused := [value for value in old["enum"] if not accepts(new, value)]:
        yield Breach(Rule.ENUM_NARROWED, path, summary(old), f"{summary(new)}, which lacks {joined(refused)}")


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    for keyword in _LOWER_LIMITS:
        if new.get(keyword, 0) > old.get(keyword, 0):
            yield Breach(Rule.LENGTH_NARROWED, path, _constraint(old, keyword), _constraint(new, keyword))
    for keyword in _UPPER_LIMITS:
        if new.get(keyword, float("inf")) < old.get(keyword, float("inf")):
            yield Breach(Rule.LENGTH_NARROWED, path, _constraint(old, keyword), _constraint(new, keyword))
    for keyword, rule in _FIXED.items():
        if keyword in new and new[keyword] != old.get(keyword):
            yield Breach(rule, path, _constraint(old, keyword), _constraint(new, keyword))


def _range(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    if _lower(new) > _lower(old) or _upper(new) < _upper(old):
        yield Breach(Rule.RANGE_NARROWED, path, _bounds(old), _bounds(new))


def _lower(schema: Schema) -> tuple[float, int]:
    """Return the lower bound as a pair; the greater pair accepts fewer values."""
    unbounded = float("-inf")
    return max((schema.get("minimum", unbounded), 0), (schema.get("exclusiveMinimum", unbounded), 1))


def _upper(schema: Schema) -> tuple[float, int]:
    """Return the upper bound as a pair; the smaller pair accepts fewer values."""
    unbounded = float("inf")
    return min((schema.get("maximum", unbounded), 1), (schema.get("exclusiveMaximum", unbounded), 0))


def _fields(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    before: Mapping[str, Schema] = old.get("properties", {})
    after: Mapping[str, Schema] = new.get("properties", {})
    for name, field in before.items():
        place = _at(path, name)
        if name not in after:
            yield Breach(Rule.FIELD_REMOVED, place, summary(field), "no such field")
            continue
        yield from breaches(field, after[name], place)
        yield from _absence(old, new, name, place)
    for name in after.keys() - before.keys():
        if name in new.get("required", ()):
            yield Breach(Rule.FIELD_REQUIRED, _at(path, name), "no such field", f"{summary(after[name])}, required")
        elif "properties" not in old:  # a dictionary: this field was accepted with any value of its shape
            yield from breaches(_rest(old), after[name], _at(path, name))
    yield from _other_fields(old, new, path)


def _absence(old: Schema, new: Schema, name: str, place: str) -> Iterator[Breach]:
    """Check messages that lack a field which both contracts have."""
    if name in old.get("required", ()):
        return
    was, now = (key(schema["properties"][name].get("default")) for schema in (old, new))
    if name in new.get("required", ()):
        yield Breach(Rule.MADE_REQUIRED, place, f"optional, default {was}", "required")
    elif was != now:
        yield Breach(Rule.DEFAULT_CHANGED, place, f"default {was}", f"default {now}")


def _other_fields(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    """Check fields outside the contract."""
    was, now = _rest(old), _rest(new)
    if now is False and was is not False:
        yield Breach(Rule.UNKNOWN_REFUSED, path, "other fields accepted", "other fields refused")
    elif was is not False and now is not False:
        yield from breaches(was, now, _at(path, "*"))


def _rest(schema: Schema) -> Any:
    rest = schema.get("additionalProperties", _ANYTHING)
    return _ANYTHING if rest is True else rest


def _members(old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    """Check the members of arrays: all of one schema, or one schema per place."""
    was, now = old.get("prefixItems", []), new.get("prefixItems", [])
    ends = old.get("items", _ANYTHING), new.get("items", _ANYTHING)
    if len(was) != len(now) or (False in ends and ends[0] is not ends[1]):
        yield Breach(Rule.INCOMPARABLE, path, f"{len(was)} places", f"{len(now)} places")
        return
    for number, (before, after) in enumerate(zip(was, now, strict=True)):
        yield from breaches(before, after, f"{path}[{number}]")
    if False not in ends:
        yield from breaches(*ends, f"{path}[]")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _constraint(schema: Schema, keyword: str) -> str:
    return f"{keyword} {key(schema[keyword])}" if keyword in schema else f"no {keyword}"


def _bounds(schema: Schema) -> str:
    bounds = [_constraint(schema, keyword) for keyword in sorted(_BOUNDS & schema.keys())]
    return ", ".join(bounds) or "any number"
