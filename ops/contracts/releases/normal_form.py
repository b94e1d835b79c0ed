"""The normal form of a JSON Schema: what constrains a message and nothing else, written one way.

Two models that take the same messages in the same words have the same normal form, whatever their classes, titles,
descriptions, examples and the order of their fields are.
"""

import json
from collections.abc import Mapping
from typing import Any

from ops.terminal.errors import OperatorError

Schema = dict[str, Any]

_ANNOTATIONS = frozenset(
    {"$defs", "$id", "$schema", "$comment", "title", "description", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"discriminator"}  # of OpenAPI: it names what the options say anyhow
)
_OF_NAMES = frozenset({"properties", "patternProperties", "dependentSchemas"})
"""Keywords whose members are schemas by names that are data, not keywords."""

_OF_OPTIONS = frozenset({"anyOf", "oneOf"})
_VERBATIM = frozenset({"default", "const"})
_REFERENCE = "#/$defs/"


class RecursiveContractError(OperatorError):
    """A contract contains itself: written out it has no end."""


def normal_form(schema: Mapping[str, Any]) -> Schema:
    """The normal form of a schema as pydantic makes it.

    Raises:
        RecursiveContractError: it has none.
    """
    return _Normaliser(schema.get("$defs", {})).of(schema, ())


def text(schema: Schema) -> str:
    """A normal form as the text of a file: the same schema, the same bytes."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


class _Normaliser:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> Schema:
        """The normal form of a part, which is reached by the definitions in `within`."""
        normal: Schema = {}
        for keyword, value in schema.items():
            if keyword in _ANNOTATIONS or keyword.startswith("x-"):
                continue
            if keyword == "$ref":
                normal |= self._referred(value, within)
            elif keyword == "allOf" and len(value) == 1:
                normal |= self.of(value[0], within)
            elif keyword in _OF_OPTIONS:
                normal["anyOf"] = self._options(value, within)
            elif keyword == "const":
                normal["enum"] = [value]
            elif keyword in {"enum", "required"}:
                normal[keyword] = sorted(value, key=_key)
            elif keyword in _OF_NAMES:
                normal[keyword] = {name: self.of(member, within) for name, member in value.items()}
            else:
                normal[keyword] = value if keyword in _VERBATIM else self._value(value, within)
        return _without_what_says_nothing(normal)

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
                f"{name} contains itself, so that a contract cannot be written out: give it a depth, or JsonValue"
            )
        return self.of(self._definitions[name], (*within, name))

    def _options(self, options: list[Mapping[str, Any]], within: tuple[str, ...]) -> list[Schema]:
        """Each once, options among options beside them, in an order that does not hang on the model's."""
        flat: dict[str, Schema] = {}
        for option in options:
            normal = self.of(option, within)
            for each in normal["anyOf"] if normal.keys() == {"anyOf"} else [normal]:
                flat[_key(each)] = each
        return [flat[key] for key in sorted(flat)]


def _without_what_says_nothing(schema: Schema) -> Schema:
    """`additionalProperties` and `items` that take all, and names of what need not be there, constrain nothing."""
    for keyword in ("additionalProperties", "items"):
        if schema.get(keyword) in (True, {}):
            del schema[keyword]
    if schema.get("required") == []:
        del schema["required"]
    return schema


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True)
