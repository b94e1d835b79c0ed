"""The contracts as JSON Schema 2020-12: one file a type and version, and all in one."""

from collections.abc import Sequence

from ops.contracts.contract import BASE, DIALECT, Contract, Schema, definitions


def bundle(contracts: Sequence[Contract]) -> Schema:
    """One schema for every message there is; which one it must fit, its type and version say."""
    return {
        "$schema": DIALECT,
        "$id": f"{BASE}/events.schema.json",
        "title": "The events of Taly CRM's asynchronous backbone",
        "description": "A message of any type and version. A message without a version has version 1.",
        "oneOf": [{"$ref": f"#/$defs/{each.name}"} for each in contracts],
        "$defs": {**{each.name: within(each.schema) for each in contracts}, **definitions(contracts)},
    }


def within(schema: Schema) -> Schema:
    """A message's schema as a part of something larger, which has the shared definitions."""
    return {keyword: value for keyword, value in schema.items() if not keyword.startswith("$")}
