"""The named scalars that contracts are made of, such as `Uuid`: of one name in Python, TypeScript and on the page."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any, get_origin

from pydantic import TypeAdapter

from ops.contracts import docstrings
from ops.contracts.contract import Contract
from schemas.wire import WireModel

_CONSTRAINTS = ("type", "pattern", "minLength", "maxLength", "minimum", "maximum", "not")


@dataclass(frozen=True)
class BuildingBlock:
    """A scalar with a name."""

    name: str
    schema: Mapping[str, Any]
    meaning: str


@dataclass(frozen=True)
class BuildingBlocks:
    """Those that some contracts use."""

    _by_constraints: Mapping[str, BuildingBlock]

    @classmethod
    def of(cls, contracts: Iterable[Contract]) -> "BuildingBlocks":
        """Those that the modules name in which the contracts stand; of two that are alike the first counts."""
        found: dict[str, BuildingBlock] = {}
        for module in _modules(contracts):
            for name, meaning in docstrings.of_names(module).items():
                alias: Any = getattr(module, name)
                if get_origin(alias) is not Annotated or name.startswith("_"):
                    continue
                schema = TypeAdapter(alias).json_schema()
                if "type" in schema:
                    found.setdefault(_constraints(schema), BuildingBlock(name, schema, meaning))
        return cls(found)

    def named(self, schema: Mapping[str, Any]) -> BuildingBlock | None:
        """The one that constrains a value just as a schema does."""
        return self._by_constraints.get(_constraints(schema))

    def __iter__(self) -> Iterator[BuildingBlock]:
        """All of them."""
        return iter(self._by_constraints.values())


def _constraints(schema: Mapping[str, Any]) -> str:
    return json.dumps({keyword: schema[keyword] for keyword in _CONSTRAINTS if keyword in schema}, sort_keys=True)


def _modules(contracts: Iterable[Contract]) -> Iterable[ModuleType]:
    """The shared ones first."""
    names = {WireModel.__module__: None}
    for contract in contracts:
        payload = contract.event_type.payload_of(contract.version)
        model = contract.event_type.message_model_of(contract.version)
        for parent in (*reversed(model.__mro__), *reversed(payload.__mro__)):
            if issubclass(parent, WireModel):
                names[parent.__module__] = None
    return [sys.modules[name] for name in names]
