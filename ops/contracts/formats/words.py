"""What a field takes, in words for people."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.contracts.contract import Schema
from ops.contracts.formats.building_blocks import BuildingBlock, BuildingBlocks
from ops.contracts.formats.shapes import (
    AnyJson,
    Array,
    Choice,
    Constant,
    Dictionary,
    Nullable,
    ObjectShape,
    Scalar,
    Shared,
    shape,
)
from schemas.wire import EXPECTATIONS, MAX_SAFE_INTEGER


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a message, as one line of a table."""

    name: str
    """As in `customer.email` and `recipients[].name`."""

    type: str
    is_required: bool
    meaning: str


@dataclass(frozen=True)
class FieldRows:
    """The fields of objects, one after the other, those of the objects within among them."""

    blocks: BuildingBlocks
    definitions: Mapping[str, Schema]

    def of(self, schema: Mapping[str, Any], prefix: str = "") -> Iterator[FieldRow]:
        """The rows of an object with known fields."""
        for name, member in schema["properties"].items():
            meaning = " ".join(self._meaning(member).split())
            if member.get("default") is not None:
                default = member["default"]
                shown = default if isinstance(default, str) else json.dumps(default)
                meaning = f"{meaning} Without it: `{shown}`.".strip()
            path = f"{prefix}{name}"
            yield FieldRow(path, self.type(member), name in schema.get("required", ()), meaning)
            yield from self._within(member, path)

    def type(self, schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 one return a shape
        """What is taken; named scalars are links to what they are."""
        match shape(schema):
            case Nullable(inner):
                return f"{self.type(inner)} or null"
            case Shared(name):
                return self.type(self.definitions[name])
            case Constant(value):
                return f"`{value}`"
            case Choice(values):
                return listed(values, "or")
            case ObjectShape():
                return "object"
            case Dictionary():
                return "object with any fields"
            case Array(member, least, most):
                number = f", {least} to {most}" if most is not None else ""
                return f"array of {self.type(member)}{number}"
            case AnyJson():
                return "any JSON"
            case Scalar(scalar):
                block = self.blocks.named(scalar)
                return f"[{block.name}](#{block.name.lower()})" if block else words(scalar)

    def _meaning(self, schema: Mapping[str, Any]) -> str:
        """What a field says of itself, or else what is shared says of it."""
        match shape(schema):
            case Shared(name) if "description" not in schema:
                return str(self.definitions[name].get("description", ""))
        return str(schema.get("description", ""))

    def _within(self, schema: Mapping[str, Any], path: str) -> Iterator[FieldRow]:
        match shape(schema):
            case Nullable(inner):
                yield from self._within(inner, path)
            case Array(member):
                yield from self._within(member, f"{path}[]")
            case Shared(name):
                yield from self._within(self.definitions[name], path)
            case ObjectShape():
                yield from self.of(schema, f"{path}.")


def described(block: BuildingBlock) -> str:
    """What a named scalar takes and what it is for."""
    taken = words(block.schema)
    return f"{taken[0].upper()}{taken[1:]}. {block.meaning}".strip()


def words(scalar: Mapping[str, Any]) -> str:
    """What a scalar takes."""
    match scalar:
        case {"pattern": pattern}:
            longest = f", at most {scalar['maxLength']:,} characters" if "maxLength" in scalar else ""
            but = scalar.get("not", {}).get("pattern")
            never = f"; it must not {EXPECTATIONS.get(but, f'match {but}')}" if but else ""
            return EXPECTATIONS.get(pattern, f"text that matches {pattern}") + longest + never
        case {"type": "string", "maxLength": most}:
            return f"text of {scalar.get('minLength', 0)} to {most:,} characters"
        case {"type": "string"}:
            return "text"
        case {"type": "integer" | "number" as kind}:
            least, most = scalar.get("minimum"), scalar.get("maximum")
            lower = f" from {least:,}" if least not in {None, -MAX_SAFE_INTEGER} else ""
            upper = f" to {most:,}" if most not in {None, MAX_SAFE_INTEGER} else ""
            return ("a whole number" if kind == "integer" else "a number") + lower + upper
    return "true or false"


def listed(names: Iterable[str], last: str = "and") -> str:
    """As in "`a`, `b` and `c`"."""
    *first, end = (f"`{name}`" for name in names)
    return f"{', '.join(first)} {last} {end}" if first else end
