"""Field tables and descriptions of types for docs/events.md."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.contracts.contract import Schema
from ops.contracts.formats import shapes
from ops.contracts.formats.building_blocks import BuildingBlock, BuildingBlocks
from schemas.wire import EXPECTATIONS, MAX_SAFE_INTEGER


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a message as one row of a table."""

    name: str
    """The path, such as `customer.email` or `recipients[].name`."""

    type: str
    is_required: bool
    meaning: str


@dataclass(frozen=True)
class FieldRows:
    """Builds the rows of objects and of their nested objects."""

    blocks: BuildingBlocks
    definitions: Mapping[str, Schema]

    def of(self, schema: Mapping[str, Any], prefix: str = "") -> Iterator[FieldRow]:
        """Return the rows of an object with known fields."""
        for name, member in schema["properties"].items():
            meaning = " ".join(self._meaning(member).split())
            if member.get("default") is not None:
                default = member["default"]
                shown = default if isinstance(default, str) else json.dumps(default)
                meaning = f"{meaning} Default: `{shown}`.".strip()
            path = f"{prefix}{name}"
            yield FieldRow(path, self.type(member), name in schema.get("required", ()), meaning)
            yield from self._within(member, path)

    def type(self, schema: Mapping[str, Any]) -> str:
        """Describe a field's type; building blocks link to their section."""
        match shapes.shape_of(schema):
            case shapes.Nullable(inner):
                return f"{self.type(inner)} or null"
            case shapes.Shared(name):
                return self.type(self.definitions[name])
            case shapes.Constant(value):
                return f"`{value}`"
            case shapes.Choice(values):
                return listed(values, "or")
            case shapes.ObjectShape():
                return "object"
            case shapes.Dictionary():
                return "object with any fields"
            case shapes.Array(member, least, most):
                number = f", {least} to {most}" if most is not None else ""
                return f"array of {self.type(member)}{number}"
            case shapes.AnyJson():
                return "any JSON"
            case shapes.Scalar(scalar):
                block = self.blocks.named(scalar)
                return f"[{block.name}](#{block.name.lower()})" if block else words(scalar)

    def _meaning(self, schema: Mapping[str, Any]) -> str:
        """Return a field's description, or else that of its model."""
        match shapes.shape_of(schema):
            case shapes.Shared(name) if "description" not in schema:
                return str(self.definitions[name].get("description", ""))
        return str(schema.get("description", ""))

    def _within(self, schema: Mapping[str, Any], path: str) -> Iterator[FieldRow]:
        match shapes.shape_of(schema):
            case shapes.Nullable(inner):
                yield from self._within(inner, path)
            case shapes.Array(member):
                yield from self._within(member, f"{path}[]")
            case shapes.Shared(name):
                yield from self._within(self.definitions[name], path)
            case shapes.ObjectShape():
                yield from self.of(schema, f"{path}.")


def described(block: BuildingBlock) -> str:
    """Describe a building block: its constraints and its meaning."""
    constraints = words(block.schema)
    return f"{constraints[0].upper()}{constraints[1:]}. {block.meaning}".strip()


def words(scalar: Mapping[str, Any]) -> str:
    """Describe the values that a scalar accepts."""
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
    """List names as in "`a`, `b` and `c`"."""
    *first, end = (f"`{name}`" for name in names)
    return f"{', '.join(first)} {last} {end}" if first else end
