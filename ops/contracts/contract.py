"""One version of one event type as JSON Schema 2020-12: the source of everything that is published."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from ops.contracts import docstrings
from ops.contracts.examples import example_payload
from schemas.envelope import Envelope
from schemas.event_type import EventType
from schemas.message import MAX_HOPS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://taly.dev/async/contracts"
"""Prefix of the `$id`s. They are names only: nothing is served there."""

_FIELDS = (
    "type",
    "payload",
    "timestamp",
    "attempts",
    "id",
    "version",
    "source",
    "correlationId",
    "causationId",
    "hops",
)
_DERIVED = ("id", "correlationId")
"""Fields whose default in code means "to be filled in" and is no value on the wire."""


@dataclass(frozen=True)
class Contract:
    """One version of one event type."""

    event_type: EventType[Any]
    version: int

    @property
    def name(self) -> str:
        """Type and version, such as `payment.failed.v2`."""
        return f"{self.event_type.name}.v{self.version}"

    @property
    def is_newest(self) -> bool:
        """Whether this is the version that producers should send."""
        return self.version == self.event_type.version

    @property
    def meaning(self) -> str:
        """The docstring of the payload's model."""
        return docstrings.unwrapped(self.event_type.payload_of(self.version).__doc__ or "")

    @property
    def example(self) -> Schema:
        """A message as a producer would send it: required fields, and optional ones that have an example."""
        message: Schema = {"type": self.event_type.name}
        if self.version > 1:
            message["version"] = self.version
        payload = example_payload(self.event_type, self.version)
        return message | {"payload": payload, "timestamp": "2030-04-14T14:00:00Z", "attempts": 1}

    @cached_property
    def schema(self) -> Schema:
        """The schema of the whole message; nested models are in its `$defs`."""
        model = self.event_type.message_model_of(self.version)
        generated = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Documented)
        definitions = dict(generated.get("$defs", {}))
        payload = definitions.pop(generated["properties"]["payload"].pop("$ref").rpartition("/")[2])
        outer = envelope()
        fields = outer["properties"]
        fields["payload"] = {key: value for key, value in payload.items() if key not in {"title", "description"}}
        fields["type"] = _only(self.event_type.name, fields["type"])
        fields["version"] = _only(self.version, fields["version"])
        if self.version > 1:
            del fields["version"]["default"]
        schema = {
            "$schema": DIALECT,
            "$id": f"{BASE}/{self.name}.json",
            "title": f"{self.event_type.name}, version {self.version}",
            "description": self.meaning,
            "type": "object",
            "properties": fields,
            "required": [*outer["required"], *(["version"] if self.version > 1 else [])],
            "examples": [self.example],
        }
        return schema | ({"$defs": definitions} if definitions else {})


def envelope() -> Schema:
    """Return the schema of a message of any type, with any object as its payload."""
    generated = Envelope.model_json_schema(by_alias=True, mode="validation", schema_generator=_Documented)
    fields = {field: generated["properties"][field] for field in _FIELDS}
    fields["hops"]["maximum"] = MAX_HOPS
    for field in _DERIVED:
        del fields[field]["default"]
    required = [name for name in _FIELDS if name in generated["required"]]
    return {"type": "object", "properties": fields, "required": required}


def contracts(catalogue: Iterable[EventType[Any]]) -> Iterator[Contract]:
    """Return all versions of all types, in the catalogue's order."""
    for event_type in catalogue:
        for version in range(1, event_type.version + 1):
            yield Contract(event_type, version)


def definitions(published: Iterable[Contract]) -> dict[str, Schema]:
    """Return the nested models of all schemas, by name.

    Raises:
        ValueError: two different models have the same name.
    """
    common: dict[str, Schema] = {}
    for contract in published:
        for name, schema in contract.schema.get("$defs", {}).items():
            if common.setdefault(name, schema) != schema:
                raise ValueError(f"two contracts are called {name} and differ: rename one of them")
    return dict(sorted(common.items()))


def _only(value: object, schema: Mapping[str, Any]) -> Schema:
    """Restrict a field to one value."""
    kept = {keyword: schema[keyword] for keyword in ("description", "default") if keyword in schema}
    return {"const": value, "type": schema["type"], **kept}


class _Documented(GenerateJsonSchema):
    """Generates descriptions from docstrings, and no titles that repeat the fields' names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 pydantic's signature
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        model = schema["cls"]
        generated = super().model_schema(schema)
        if model.__doc__:
            generated["description"] = docstrings.unwrapped(model.__doc__)
        descriptions = docstrings.of_fields(model)
        for name, field in model.model_fields.items():
            if name in descriptions:
                generated["properties"][field.alias or name]["description"] = descriptions[name]
        return generated
