"""The contracts as one JSON Schema 2020-12."""

from collections.abc import Sequence

from ops.contracts.contract import BASE, DIALECT, Contract, Schema, definitions


def bundle(contracts: Sequence[Contract]) -> Schema:
    """Return one schema for all messages; type and version select the contract."""
    return {
        "$schema": DIALECT,
        "$id": f"{BASE}/events.schema.json",
        "title": "The events of Taly CRM's asynchronous backbone",
        "description": "A message of any type and version. A message without a version has version 1.",
        "oneOf": [{"$ref": f"#/$defs/{each.name}"} for each in contracts],
        "$defs": {**{each.name: embedded(each.schema) for each in contracts}, **definitions(contracts)},
    }


def embedded(schema: Schema) -> Schema:
    """Return a message's schema for embedding in a document that has the shared definitions."""
    return {keyword: value for keyword, value in schema.items() if not keyword.startswith("$")}
