"""Single values of contracts: whether a schema takes one, and how schemas and values are told to people."""

import json
import re
from collections.abc import Iterable
from typing import Any

from ops.contracts.releases.normal_form import Schema

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def key(value: object) -> str:
    """A JSON value as text that is the same for equal values alone: in Python, 1 equals True."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def takes(schema: Schema, value: object) -> bool:
    """Whether a schema in normal form takes a scalar, as one of an enumeration is."""
    if "anyOf" in schema:
        return any(takes(option, value) for option in schema["anyOf"])
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


def _is_a(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES.get(kind, ())) and (kind == "boolean" or not isinstance(value, bool))


def _is_within(schema: Schema, value: float) -> bool:
    return (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", float("-inf"))
        and not value >= schema.get("exclusiveMaximum", float("inf"))
        and "multipleOf" not in schema
    )


def shown(schema: Any) -> str:  # noqa: ANN401 a schema, or True or False
    """A schema in a few words: `string or null`, `one of "pdf", "csv"`."""
    match schema:
        case {"anyOf": [*options]}:
            return " or ".join(shown(option) for option in options)
        case {"enum": [value]}:
            return key(value)
        case {"enum": [*values]}:
            return f"one of {shown_values(values)}"
        case {"type": "array", "items": dict(items)}:
            return f"array of {shown(items)}"
        case {"type": str(kind)}:
            return kind
    return "anything"


def shown_values(values: Iterable[Any]) -> str:
    """Values with commas between."""
    return ", ".join(map(key, values))
