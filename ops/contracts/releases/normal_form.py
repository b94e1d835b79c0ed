"""The normal form of a JSON Schema: only the constraints on a message, in one notation.

Models with equal constraints have the same normal form. Class names, titles, descriptions, examples and the order of
fields make no difference.
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.terminal.errors import OperatorError

Schema = dict[str, Any]

_ANNOTATIONS = frozenset(
    {"$defs", "$id", "$schema", "$comment", "title", "description", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"discriminator"}  # from OpenAPI; redundant, since the options have the same constants
)
_SCHEMAS_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas"})
"""Keywords whose members are schemas by field name."""

_ALTERNATIVES = frozenset({"anyOf", "oneOf"})
_VERBATIM = frozenset({"default", "const"})
_REFERENCE = "#/$defs/"


class RecursiveContractError(OperatorError):
    """A contract contains itself, so that its normal form would be infinite."""


def normal_form(schema: Mapping[str, Any]) -> Schema:
    """Return the normal form of a schema that pydantic generated.

    Raises:
        RecursiveContractError: the schema contains itself.
    """
    return _Normaliser(schema.get("$defs", {})).of(schema, ())


def text(schema: Schema) -> str:
    """Return a normal form as the text of a file; the same schema gives the same bytes."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


class _Normaliser:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> Schema:
        """Return the normal form of a part; `within` names the definitions on the way to it."""
        normal: Schema = {}
        for keyword, value in schema.items():
            if keyword in _ANNOTATIONS or keyword.startswith("x-"):
                continue
            if keyword == "$ref":
                normal |= self._referred(value, within)
            elif keyword == "allOf" and len(value) == 1:
                normal |= self.of(value[0], within)
            elif keyword in _ALTERNATIVES:
                normal["anyOf"] = self._options(value, within)
            elif keyword == "const":
                normal["enum"] = [value]
            elif keyword in {"enum", "required"}:
                normal[keyword] = sorted(value, key=_key)
            elif keyword in _SCHEMAS_BY_NAME:
                normal[keyword] = {name: self.of(member, within) for name, member in value.items()}
            else:
                normal[keyword] = value if keyword in _VERBATIM else self._value(value, within)
        return _without_redundancy(normal)

    def _value(self, value: Any, within: tuple[str, ...]) -> Any:
        if isinstance(value, Mapping):
            return self.of(value, within)
        if isinstance(value, list):
            return [self._value(member, within) for member in value]
        return value

    def _referred(self, reference: str, within: tuple[str, ...]) -> Schema:
        name = reference.removeprefix(_REFERENCE)
        if name in within:
            raise RecursiveContractError(
                f"{name} contains itself, so that its contract would be infinite: limit its depth, or use JsonValue"
            )
        return self.of(self._definitions[name], (*within, name))

    def _options(self, options: list[Mapping[str, Any]], within: tuple[str, ...]) -> list[Schema]:
        """Return distinct options, nested ones flattened, in an order that is independent of the model."""
        flat: dict[str, Schema] = {}
        for option in options:
            normal = self.of(option, within)
            for each in normal["anyOf"] if normal.keys() == {"anyOf"} else [normal]:
                flat[_key(each)] = each
        return [flat[key] for key in sorted(flat)]


def _without_redundancy(schema: Schema) -> Schema:
    """Remove keywords that constrain nothing: `additionalProperties` and `items` for any value, an empty `required`."""
    for keyword in ("additionalProperties", "items"):
        if schema.get(keyword) in (True, {}):
            del schema[keyword]
    if schema.get("required") == []:
        del schema["required"]
    return schema


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True)
