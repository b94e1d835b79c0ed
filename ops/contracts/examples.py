"""Example payloads, built from the contracts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.terminal.errors import OperatorError
from schemas.event_type import EventType

_Schema = Mapping[str, Any]

_REFERENCE = "#/$defs/"
_SCALARS: Mapping[str, Any] = {"integer": 1, "number": 1, "boolean": False, "null": None}


class NoExampleError(OperatorError):
    """A contract has too little information for an example."""


def example_payload(event_type: EventType[Any], version: int | None = None) -> dict[str, Any]:
    """Return a payload as a producer would send it, with names as on the wire.

    Args:
        event_type: the event type.
        version: version of its contract; the newest by default.

    Raises:
        NoExampleError: a required field has neither an example nor a type that suggests one.
    """
    contract = event_type.payload_of(version or event_type.version)
    schema = contract.model_json_schema(by_alias=True, mode="validation")
    return dict(_Examples(event_type.name, schema.get("$defs", {})).of(schema, "payload"))


@dataclass(frozen=True)
class _Examples:
    type_name: str
    definitions: Mapping[str, _Schema]

    def of(self, schema: _Schema, path: str) -> Any:  # noqa: PLR0911 one return a keyword
        """Return the schema's first example, or else the simplest value that it allows."""
        match schema:
            case {"examples": [first, *_]}:
                return first
            case {"anyOf": options} if with_example := [option for option in options if _has_example(option)]:
                return self.of(with_example[0], path)  # before the default, which may be null
            case {"default": first} | {"const": first} | {"enum": [first, *_]}:
                return first
            case {"$ref": str(reference)}:
                return self.of(self.definitions[reference.removeprefix(_REFERENCE)], path)
            case {"anyOf": [first, *_]} | {"oneOf": [first, *_]} | {"allOf": [first, *_]}:
                return self.of(first, path)
            case {"type": "object"}:
                return self._object(schema, path)
            case {"type": "array"}:
                return self._array(schema, path)
            case {"type": kind} if kind in _SCALARS:
                return schema.get("minimum", _SCALARS[kind])
            case {"type": "string"} if not {"pattern", "format"} & set(schema):
                return "example"[: schema.get("maxLength")].ljust(schema.get("minLength", 0), ".")
        raise NoExampleError(f"{self.type_name}: {path} has no example in its contract; give it Field(examples=[…])")

    def _object(self, schema: _Schema, path: str) -> dict[str, Any]:
        required = schema.get("required", ())
        return {
            name: self.of(member, f"{path}.{name}")
            for name, member in schema.get("properties", {}).items()
            if name in required or _has_example(member)
        }

    def _array(self, schema: _Schema, path: str) -> list[Any]:
        each = schema.get("items")
        members = schema.get("prefixItems") or ([each] * max(1, schema.get("minItems", 0)) if each else [])
        return [self.of(member, f"{path}[{number}]") for number, member in enumerate(members)]


def _has_example(schema: _Schema) -> bool:
    return bool(schema.get("examples")) or any(_has_example(option) for option in schema.get("anyOf", ()))
