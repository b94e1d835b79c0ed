"""Building blocks: named scalars such as `Uuid`, with the same name in Python, TypeScript and docs/events.md."""

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
    """A named scalar."""

    name: str
    schema: Mapping[str, Any]
    meaning: str


@dataclass(frozen=True)
class BuildingBlocks:
    """The building blocks of a set of contracts."""

    _by_constraints: Mapping[str, BuildingBlock]

    @classmethod
    def of(cls, contracts: Iterable[Contract]) -> "BuildingBlocks":
        """Collect the building blocks in the contracts' modules; of two with equal constraints the first counts."""
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
        """Return the building block with the same constraints as a schema."""
        return self._by_constraints.get(_constraints(schema))

    def __iter__(self) -> Iterator[BuildingBlock]:
        return iter(self._by_constraints.values())


def _constraints(schema: Mapping[str, Any]) -> str:
    return json.dumps({keyword: schema[keyword] for keyword in _CONSTRAINTS if keyword in schema}, sort_keys=True)


def _modules(contracts: Iterable[Contract]) -> Iterable[ModuleType]:
    """Return the modules of the contracts' models, shared modules first."""
    names = {WireModel.__module__: None}
    for contract in contracts:
        payload = contract.event_type.payload_of(contract.version)
        model = contract.event_type.message_model_of(contract.version)
        for parent in (*reversed(model.__mro__), *reversed(payload.__mro__)):
            if issubclass(parent, WireModel):
                names[parent.__module__] = None
    return [sys.modules[name] for name in names]
