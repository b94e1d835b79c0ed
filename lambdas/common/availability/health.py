"""What is known about each route in the whole stage: one item a route, in the idempotency table.

A process notes a success and a failure every 30 seconds at most, and reads an item when a call of its own failed alone.
"""

from datetime import timedelta
from typing import Any, ClassVar, Self

from lambdas.common.availability.health_items import NOT_MET, HealthItems
from lambdas.common.runtime import Runtime
from schemas.availability import RouteState, state_of
from schemas.destinations import Route
from schemas.wire import timestamp

OUTAGE_GOES_ON = timedelta(minutes=30)
"""An outage goes on if it was noted in this time: longer than a message waits to be tried again.

The process that could note its end may be gone. So a failure after a longer time begins another outage.
"""


class Health(HealthItems):
    """The items about routes."""

    need: ClassVar[None] = None

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Use the stage's table."""
        table_name = runtime.environment.idempotency_table_name
        return cls(runtime.client("dynamodb"), table_name, now=runtime.now, has_time=runtime.budget.allows_call)

    def read(self, route: Route) -> RouteState | None:
        """Return what is known about a route; None where the table cannot tell."""
        found = self._call("get_item", route.health_key, ConsistentRead=True)
        return state_of(route, found.get("Item") or {}) if isinstance(found, dict) else None

    def succeeded(self, route: Route) -> bool:
        """Note that a route works: an outage of it is over. Return whether the table took the note."""
        change = "SET #succeeded_at = :now, #expiration = :expiration REMOVE #failing_since, #failing_by, #why, #remedy"
        names = ("succeeded_at", "expiration", "failing_since", "failing_by", "why", "remedy")
        return isinstance(self._update(route, change, names, {}), dict)

    def failed(self, route: Route, *, message_id: str, why: str, to_do: str) -> None:
        """Note that a route is unavailable.

        Args:
            route: what was called.
            message_id: the message whose call failed.
            why: what happened, without values of the message.
            to_do: what people have to do; empty: nothing.
        """
        change = (
            "SET #failed_at = :now, #failed_by = :failed_by, #why = :why, #remedy = :remedy, #expiration = :expiration"
        )
        names = ("failed_at", "failed_by", "why", "remedy", "expiration", "failing_since")
        values = {":failed_by": message_id, ":why": why, ":remedy": to_do}
        stale = timestamp(self._now() - OUTAGE_GOES_ON)
        goes_on = "attribute_exists(#failing_since) AND #failed_at >= :stale"
        if self._update(route, change, names, {**values, ":stale": stale}, condition=goes_on) == NOT_MET:
            begins = f"{change}, #failing_since = :now, #failing_by = :failed_by"
            self._update(route, begins, (*names, "failing_by"), values)

    def blamed(self, route: Route, message_id: str) -> None:
        """Note a failure that a probe showed to be its message's: if the next message fails too, it is the route's."""
        self._update(
            route,
            "SET #blamed_at = :now, #blamed_by = :blamed_by, #expiration = :expiration",
            ("blamed_at", "blamed_by", "expiration"),
            {":blamed_by": message_id},
        )

    def expired(self, route: Route) -> None:
        """Count a message that waited for a route until its time was over."""
        self._update(
            route,
            "SET #expiration = :expiration ADD #expired :one",
            ("expired", "expiration"),
            {},
        )

    def _update(
        self, route: Route, expression: str, names: tuple[str, ...], values: dict[str, str], *, condition: str = ""
    ) -> dict[str, Any] | str | None:
        """Change an item if it meets the condition."""
        given: dict[str, dict[str, str]] = {name: {"S": value} for name, value in values.items()}
        given[":expiration"] = self._expiration()
        if ":now" in expression:
            given[":now"] = {"S": timestamp(self._now())}
        if ":one" in expression:
            given[":one"] = {"N": "1"}
        more = {"ConditionExpression": condition} if condition else {}
        return self._call(
            "update_item",
            route.health_key,
            UpdateExpression=expression,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues=given,
            **more,
        )
