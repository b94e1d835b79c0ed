"""A published schema, part by part: the few shapes that our contracts use, and a sentence for any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Nullable:
    """Something, or null."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that has a name of its own among the `$defs`."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """One value."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """An object with known fields, and what else it may have."""

    properties: Mapping[str, Schema]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """An object with any names, its values of one shape."""

    value: Schema


@dataclass(frozen=True, slots=True)
class Array:
    """Members of one shape."""

    member: Schema
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, a number, a boolean."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Whatever JSON has."""


Shape = Nullable | Shared | Constant | Choice | ObjectShape | Dictionary | Array | Scalar | AnyJson

_UNDERSTOOD = (
    {"type", "pattern", "minLength", "maxLength", "minimum", "maximum", "not", "const", "enum", "anyOf", "$ref"}
    | {"properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
    | {"title", "description", "examples", "default", "$defs", "$id", "$schema"}
)
_REFERENCE = "#/$defs/"


def shape(schema: Schema) -> Shape:  # noqa: C901, PLR0911 one case and one return a shape
    """What a schema describes.

    Raises:
        ValueError: something that no contract had until now, so that nobody knows how to say it in other languages.
    """
    if unknown := set(schema) - _UNDERSTOOD:
        raise ValueError(
            f"{', '.join(sorted(unknown))} in {dict(schema)}: teach ops/contracts to say this in TypeScript"
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
    raise ValueError(f"{dict(schema)}: teach ops/contracts to say this in TypeScript")
