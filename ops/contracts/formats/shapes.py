"""The shapes of JSON Schema that the contracts use; any other raises an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Nullable:
    """A value or null."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class Shared:
    """A reference to one of the `$defs`."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """One fixed value."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several strings."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object with known fields; others are allowed."""

    properties: Mapping[str, Schema]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """An object with any field names and values of one shape."""

    value: Schema


@dataclass(frozen=True, slots=True)
class Array:
    """An array with members of one shape."""

    member: Schema
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, a number or a boolean."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Any JSON value."""


Shape = Nullable | Shared | Constant | Choice | ObjectShape | Dictionary | Array | Scalar | AnyJson

_UNDERSTOOD = (
    {"type", "pattern", "minLength", "maxLength", "minimum", "maximum", "not", "const", "enum", "anyOf", "$ref"}
    | {"properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
    | {"title", "description", "examples", "default", "$defs", "$id", "$schema"}
)
_REFERENCE = "#/$defs/"


def shape_of(schema: Schema) -> Shape:  # noqa: C901 one case a shape
    """Return the shape of a schema.

    Raises:
        ValueError: no contract has used this shape yet, so that the other formats cannot express it.
    """
    if unknown := set(schema) - _UNDERSTOOD:
        raise ValueError(
            f"{', '.join(sorted(unknown))} in {dict(schema)}: extend ops/contracts to express this in TypeScript"
        )
    match schema:
        case {"anyOf": [first, {"type": "null"}]}:
            return Nullable(first)
        case {"$ref": "#/$defs/JsonValue"}:
            return AnyJson()
        case {"$ref": str(reference)}:
            return Shared(reference.removeprefix(_REFERENCE))
        case {"const": value}:
            return Constant(value)
        case {"enum": values}:
            return Choice(tuple(values))
        case {"type": "object", "properties": properties}:
            return ObjectShape(properties, frozenset(schema.get("required", ())))
        case {"type": "object", "additionalProperties": value}:
            return Dictionary({} if value is True else value)
        case {"type": "array", "items": member}:
            return Array(member, schema.get("minItems", 0), schema.get("maxItems"))
        case {"type": "string" | "integer" | "number" | "boolean"}:
            return Scalar(schema)
        case _ if "type" not in schema and "anyOf" not in schema:
            return AnyJson()
    raise ValueError(f"{dict(schema)}: extend ops/contracts to express this in TypeScript")
