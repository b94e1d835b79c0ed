"""One version of one type as JSON Schema 2020-12: what all that is published is made of."""

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
"""Where the `$id`s lie. They are names: nothing is fetched from there."""

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
_SAID_ABOVE = {"title", "description"}
_DERIVED = ("id", "correlationId")
"""Fields whose default in code stands for "to be filled in", and is no value on the wire."""


@dataclass(frozen=True)
class Contract:
    """One version of one type."""

    event_type: EventType[Any]
    version: int

    @property
    def name(self) -> str:
        """As in `payment.failed.v2`."""
        return f"{self.event_type.name}.v{self.version}"

    @property
    def is_newest(self) -> bool:
        """Whether this is the version to publish by."""
        return self.version == self.event_type.version

    @property
    def meaning(self) -> str:
        """What such a message says."""
        return docstrings.unwrapped(self.event_type.payload_of(self.version).__doc__ or "")

    @property
    def example(self) -> Schema:
        """A message as a producer would send it: no field that need not be there, but those with an example."""
        message: Schema = {"type": self.event_type.name}
        if self.version > 1:
            message["version"] = self.version
        payload = example_payload(self.event_type, self.version)
        return message | {"payload": payload, "timestamp": "2030-04-14T14:00:00Z", "attempts": 1}

    @cached_property
    def schema(self) -> Schema:
        """The schema of the whole message. What several messages have in common stands in its `$defs`."""
        model = self.event_type.message_model_of(self.version)
        made = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Documented)
        definitions = dict(made.get("$defs", {}))
        payload = definitions.pop(made["properties"]["payload"].pop("$ref").rpartition("/")[2])
        around = envelope()
        fields = around["properties"]
        fields["payload"] = {keyword: value for keyword, value in payload.items() if keyword not in _SAID_ABOVE}
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
            "required": [*around["required"], *(["version"] if self.version > 1 else [])],
            "examples": [self.example],
        }
        return schema | ({"$defs": definitions} if definitions else {})


def envelope() -> Schema:
    """The schema of what is said around every payload, whatever the type: with the payload still unread."""
    made = Envelope.model_json_schema(by_alias=True, mode="validation", schema_generator=_Documented)
    fields = {field: made["properties"][field] for field in _FIELDS}
    fields["hops"]["maximum"] = MAX_HOPS
    for field in _DERIVED:
        del fields[field]["default"]
    return {"type": "object", "properties": fields, "required": [name for name in _FIELDS if name in made["required"]]}


def contracts(catalogue: Iterable[EventType[Any]]) -> Iterator[Contract]:
    """All versions of all types, in the catalogue's order."""
    for event_type in catalogue:
        for version in range(1, event_type.version + 1):
            yield Contract(event_type, version)


def definitions(published: Iterable[Contract]) -> dict[str, Schema]:
    """What the schemas have in common.

    Raises:
        ValueError: two different things have one name.
    """
    common: dict[str, Schema] = {}
    for contract in published:
        for name, schema in contract.schema.get("$defs", {}).items():
            if common.setdefault(name, schema) != schema:
                raise ValueError(f"two contracts are called {name} and differ: rename one of them")
    return dict(sorted(common.items()))


def _only(value: object, schema: Mapping[str, Any]) -> Schema:
    """A field that has this one value."""
    told = {keyword: schema[keyword] for keyword in ("description", "default") if keyword in schema}
    return {"const": value, "type": schema["type"], **told}


class _Documented(GenerateJsonSchema):
    """Says what field docstrings say, and no titles that repeat the fields' names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 pydantic's own signature
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        model = schema["cls"]
        made = super().model_schema(schema)
        if model.__doc__:
            made["description"] = docstrings.unwrapped(model.__doc__)
        said = docstrings.of_fields(model)
        for name, field in model.model_fields.items():
            if name in said:
                made["properties"][field.alias or name]["description"] = said[name]
        return made
