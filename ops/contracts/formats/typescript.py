"""`events.ts` and `identity.ts`: the contracts as TypeScript types and Zod 4 schemas."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ops.contracts.contract import Contract, Schema, definitions, envelope
from ops.contracts.formats import shapes
from ops.contracts.formats.building_blocks import BuildingBlock, BuildingBlocks
from ops.contracts.formats.templates import rendered
from ops.contracts.formats.words import described
from schemas.identity import NAMESPACE
from schemas.wire import EXPECTATIONS, MAX_SAFE_INTEGER

_SPECIFIC = ("type", "version", "payload")
"""Fields that differ between types."""


def events_ts(contracts: Sequence[Contract]) -> str:
    """Return `events.ts`: interfaces and schemas of all types, their union, and the function `problems`."""
    writer = _Writer(BuildingBlocks.of(contracts))
    shared = [writer.shared(name, schema) for name, schema in _sorted_by_use(definitions(contracts))]
    outer = writer.members(envelope())
    by_type = groupby(contracts, key=lambda contract: contract.event_type)
    return rendered(
        "events.ts.j2",
        shared=shared,
        envelope=[member for member in outer if member.name not in _SPECIFIC],
        types=[(each.construct_id, [writer.message(contract) for contract in versions]) for each, versions in by_type],
        blocks=[writer.block(each) for each in writer.used.values()],
    )


def identity_ts() -> str:
    """Return `identity.ts`, which derives ids."""
    return rendered("identity.ts.j2", namespace=str(NAMESPACE))


@dataclass(frozen=True, slots=True)
class _Member:
    """A field of an object."""

    name: str
    type: str
    zod: str
    mark: str
    meaning: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Named:
    """An exported scalar, choice or object."""

    name: str
    meaning: Sequence[str]
    type: str = ""
    zod: str = ""
    members: Sequence[_Member] = ()

    @property
    def schema(self) -> str:
        return _schema_of(self.name)


@dataclass(frozen=True, slots=True)
class _Message(_Named):
    """One version of an event type: `type` is the type's name, `members` are the payload's fields."""

    version: int = 1


class _Writer:
    def __init__(self, blocks: BuildingBlocks) -> None:
        self._blocks = blocks
        self.used: dict[str, BuildingBlock] = {}

    def block(self, block: BuildingBlock) -> _Named:
        return _Named(block.name, described(block).splitlines(), _scalar_type(block.schema), _scalar_zod(block.schema))

    def shared(self, name: str, schema: Schema) -> _Named:
        meaning = schema.get("description", "").splitlines()
        match shapes.shape_of(schema):
            case shapes.ObjectShape():
                return _Named(name, meaning, members=self.members(schema))
            case shapes.Choice(values):
                return _Named(
                    name, meaning, " | ".join(map(_text, values)), f"z.enum([{', '.join(map(_text, values))}])"
                )
        raise ValueError(f"{name}: only models and enumerations are shared among contracts")

    def message(self, contract: Contract) -> _Message:
        payload = contract.schema["properties"]["payload"]
        event_type = contract.event_type
        name = f"{event_type.construct_id}V{contract.version}"
        meaning = contract.meaning
        if not contract.is_newest:
            meaning += f"\n\n@deprecated Still read; publish version {event_type.version}."
        return _Message(
            name, meaning.splitlines(), event_type.name, members=self.members(payload), version=contract.version
        )

    def members(self, schema: Schema) -> list[_Member]:
        required = schema.get("required", ())
        return [self.member(name, member, required=name in required) for name, member in schema["properties"].items()]

    def member(self, name: str, schema: Mapping[str, Any], *, required: bool) -> _Member:
        meaning = schema.get("description", "").splitlines()
        if schema.get("default") is not None:
            meaning += [*([""] if meaning else []), f"@defaultValue `{_text(schema['default'])}`"]
        type_name, zod = self.type(schema), self.zod(schema)
        if required:
            return _Member(name, type_name, zod, "", meaning)
        return _Member(name, f"{type_name} | undefined", f"{zod}.optional()", "?", meaning)

    def type(self, schema: Mapping[str, Any]) -> str:
        """Return the TypeScript type."""
        match shapes.shape_of(schema):
            case shapes.Nullable(inner):
                return f"{self.type(inner)} | null"
            case shapes.Shared(name):
                return name
            case shapes.Constant(value):
                return _text(value)
            case shapes.Choice(values):
                return " | ".join(map(_text, values))
            case shapes.Dictionary(value):
                return f"Record<string, {self.type(value)}>"
            case shapes.Array(member):
                return f"Array<{self.type(member)}>"
            case shapes.AnyJson():
                return "JsonValue"
            case shapes.Scalar(scalar):
                block = self._block(scalar)
                return block.name if block else _scalar_type(scalar)
        raise ValueError(f"{dict(schema)}: a nested object must be a named model")

    def zod(self, schema: Mapping[str, Any]) -> str:
        """Return the Zod schema."""
        match shapes.shape_of(schema):
            case shapes.Nullable(inner):
                return f"{self.zod(inner)}.nullable()"
            case shapes.Shared(name):
                return _schema_of(name)
            case shapes.Constant(value):
                return f"z.literal({_text(value)})"
            case shapes.Choice(values):
                return f"z.enum([{', '.join(map(_text, values))}])"
            case shapes.Dictionary(value):
                return f"z.record(z.string(), {self.zod(value)})"
            case shapes.Array(member, least, most):
                bounds = (f".min({least})" if least else "") + ("" if most is None else f".max({most})")
                return f"z.array({self.zod(member)}){bounds}"
            case shapes.AnyJson():
                return "z.json()"
            case shapes.Scalar(scalar):
                block = self._block(scalar)
                return _schema_of(block.name) if block else _scalar_zod(scalar)
        raise ValueError(f"{dict(schema)}: a nested object must be a named model")

    def _block(self, scalar: Mapping[str, Any]) -> BuildingBlock | None:
        block = self._blocks.named(scalar)
        if block:
            self.used[block.name] = block
        return block


def _sorted_by_use(schemas: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Sort schemas so that each follows those it uses: in TypeScript a constant must be defined before its use."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, Schema]]:
        if name not in done and shapes.shape_of(schemas[name]) != shapes.AnyJson():
            done.add(name)
            for used in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schemas[name])):
                yield from visit(used)
            yield name, schemas[name]

    for name in schemas:
        yield from visit(name)


def _scalar_type(scalar: Mapping[str, Any]) -> str:
    return "number" if scalar["type"] == "integer" else str(scalar["type"])


def _scalar_zod(scalar: Mapping[str, Any]) -> str:
    match scalar:
        case {"type": "string", "pattern": pattern}:
            expected = EXPECTATIONS.get(pattern, f"text that matches {pattern}")
            longest = f", {scalar['maxLength']}" if "maxLength" in scalar else ""
            zod = f"matching({_literal(pattern)}, {_text(f'must be {expected}')}{longest})"
        case {"type": "string"} if {"minLength", "maxLength"} & set(scalar):
            zod = f"text({scalar.get('minLength', 0)}, {scalar.get('maxLength', 'Infinity')})"
        case {"type": "integer" | "number" as kind}:
            least, most = scalar.get("minimum"), scalar.get("maximum")
            zod = "whole" if kind == "integer" else "z.number()"
            zod += f".min({least})" if least not in {None, -MAX_SAFE_INTEGER} else ""
            zod += f".max({most})" if most not in {None, MAX_SAFE_INTEGER} else ""
        case _:
            zod = f"z.{scalar['type']}()"
    if forbidden := scalar.get("not", {}).get("pattern"):
        error = _text(f"must not {EXPECTATIONS.get(forbidden, f'match {forbidden}')}")
        zod += f".refine((value) => !{_literal(forbidden)}.test(value), {error})"
    return zod


def _literal(pattern: str) -> str:
    """Return a JavaScript regular expression; its flag `u` matches code points, as pydantic does."""
    return "/" + re.sub(r"(?<!\\)/", r"\\/", pattern) + "/u"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _schema_of(name: str) -> str:
    return f"{name[0].lower()}{name[1:]}Schema"
