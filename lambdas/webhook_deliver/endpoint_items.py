"""The items about endpoints in the idempotency table."""

from typing import Any

from lambdas.common.availability.health_items import HealthItems
from schemas.endpoints import INDEX_KEY, INDEXED, EndpointState, attributes_of, endpoint_key, endpoint_state

_TOO_LARGE = "ValidationException"
"""The table's answer to an item of more than 400 KB (Developer Guide, "Quotas in Amazon DynamoDB")."""

_VERSION = ("failed_at", "asked_from")
"""Each change of a state but a report's changes one of these attributes."""

_LISTED_AT_FIRST = 2
_LISTED_AGAIN = 48
"""An endpoint enters the index at its first two failures in a row, and at every 48th, which is about once a day."""


class EndpointItems(HealthItems):
    """Reads and changes the items about endpoints, and the index of those that fail or are disabled."""

    def read(self, company_id: str, endpoint_id: str) -> EndpointState | None:
        """Return what is known about an endpoint; None where the table cannot tell."""
        key = endpoint_key(company_id, endpoint_id)
        found = self._call("get_item", key, ConsistentRead=True)
        return endpoint_state(key, found.get("Item") or {}) if isinstance(found, dict) else None

    def change(self, known: EndpointState, new: EndpointState) -> bool:
        """Write a state if nobody has changed it since it was read; return whether it was written.

        Of the calls that fail at the same time, one changes the state so: they are one failure. A call that began
        before the last failure that was noted changes nothing.
        """
        before, after = attributes_of(known), attributes_of(new)
        kept = {name: value for name, value in after.items() if value}
        expected = {name: before[name] for name in _VERSION}
        condition = " AND ".join(
            f"#{name} = :known_{name}" if value else f"attribute_not_exists(#{name})"
            for name, value in expected.items()
        )
        values = {f":{name}": value for name, value in kept.items()}
        values |= {f":known_{name}": value for name, value in expected.items() if value}
        answer = self._call(
            "update_item",
            new.key,
            UpdateExpression=_set([*kept, "expiration"]) + _remove([name for name in after if name not in kept]),
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in (*after, "expiration")},
            ExpressionAttributeValues={**values, ":expiration": self._expiration()},
        )
        if not isinstance(answer, dict):
            return False
        self._list(known, new)
        return True

    def _list(self, known: EndpointState, new: EndpointState) -> None:
        """Keep the index: each endpoint that fails or is disabled, and no other.

        A process may die between the two writes, and a full index begins anew: so what goes on failing enters again.
        """
        if not new.failing_since:
            if known.failing_since:
                self._index("DELETE", new.key)
        elif _enters_index(known.failures, new.failures) and self._index("ADD", new.key) == _TOO_LARGE:
            self._index("SET", new.key)

    def _index(self, verb: str, key: str) -> "dict[str, Any] | str | None":
        change = f"SET #{INDEXED} = :keys, #expiration = :expiration"
        return self._call(
            "update_item",
            INDEX_KEY,
            UpdateExpression=change if verb == "SET" else f"{verb} #{INDEXED} :keys SET #expiration = :expiration",
            ExpressionAttributeNames={f"#{INDEXED}": INDEXED, "#expiration": "expiration"},
            ExpressionAttributeValues={":keys": {"SS": [key]}, ":expiration": self._expiration()},
        )


def _enters_index(known: int, failures: int) -> bool:
    return failures > known and (failures <= _LISTED_AT_FIRST or failures % _LISTED_AGAIN == 0)


def _set(names: list[str]) -> str:
    return "SET " + ", ".join(f"#{name} = :{name}" for name in names)


def _remove(names: list[str]) -> str:
    return " REMOVE " + ", ".join(f"#{name}" for name in names) if names else ""
