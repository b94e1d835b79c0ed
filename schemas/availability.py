"""What the stage knows about the systems that functions call: the items about routes in the idempotency table.

Functions write these items (`lambdas/common/availability/health.py`); the notifier, `status` and the console read them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.destinations import ROUTES, Destination, Route, destinations_of
from schemas.names import QUEUE_PROCESSOR
from schemas.wire import instant

RECENT = timedelta(minutes=20)
"""An older failure says nothing about now: a message that waits is tried every 15 minutes, SQS's longest delay."""

_TRIES = 3
"""Calls for keys that DynamoDB leaves unprocessed."""

_LONGEST_TEXT = 500
_LONGEST_NUMBER = 12
"""Digits."""

Item = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's form: its attributes, each with its type."""


class UnprocessedError(Exception):
    """DynamoDB left keys unprocessed in each of several calls: the table is throttled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """What the stage knows about a route."""

    route: Route
    succeeded_at: datetime | None = None
    """The last success that was noted; None where none is known."""

    failing_since: datetime | None = None
    """The first failure since the last success that was noted; None where the route works."""

    failing_by: str = ""
    """Id of the message that failed then: later failures of one message hide those of others, but not this one."""

    failed_at: datetime | None = None
    """The last failure that was noted."""

    failed_by: str = ""
    blamed_at: datetime | None = None
    blamed_by: str = ""
    """Id of the last message that was alone, and whose failure a probe showed to be its own."""

    why: str = ""
    """What happened, in a redacted sentence."""

    to_do: str = ""
    """What people have to do; empty: nothing."""

    expired: int = 0
    """Messages that were skipped because their own time passed while they waited."""

    def is_failing(self, now: datetime) -> bool:
        """Whether the route fails, as far as that is known from a recent failure."""
        return bool(self.failing_since and self.failed_at and now - self.failed_at <= RECENT)

    def failed_for_others(self, message_id: str) -> datetime | None:
        """Return when a call of another message failed; None where none is known."""
        failures = (
            (self.failed_by, self.failed_at),
            (self.failing_by, self.failing_since),
            (self.blamed_by, self.blamed_at),
        )
        return max((at for by, at in failures if at and by != message_id), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """What the stage knows about a destination at one time."""

    destination: Destination
    at: datetime
    routes: tuple[RouteState, ...]

    @property
    def failing(self) -> tuple[RouteState, ...]:
        """The routes that fail, the one with the latest failure first."""
        failing = [each for each in self.routes if each.is_failing(self.at)]
        return tuple(sorted(failing, key=lambda each: each.failed_at or self.at, reverse=True))

    @property
    def since(self) -> datetime | None:
        """Since when a route fails; None where all work."""
        return min((each.failing_since for each in self.failing if each.failing_since), default=None)

    @property
    def why(self) -> str:
        """What happened last; empty where all routes work."""
        return next((each.why for each in self.failing), "")

    @property
    def to_do(self) -> str:
        """What people have to do; empty: nothing."""
        return next((each.to_do for each in self.failing if each.to_do), "")

    @property
    def news(self) -> str:
        """What it does, in words that go before since when: what people have to correct, it refuses."""
        return "has refused our calls" if self.to_do else "has not answered"

    @property
    def only(self) -> tuple[str, ...]:
        """The names of the routes that fail, where others work; empty where all fail, or none."""
        since = self.since
        failing = self.failing
        works = [each for each in self.routes if each not in failing and each.succeeded_at and since]
        if any(each.succeeded_at > since for each in works if each.succeeded_at and since):
            return tuple(sorted(each.route.name for each in failing))
        return ()

    @property
    def succeeded_at(self) -> datetime | None:
        """The last success of any route that was noted."""
        return max((each.succeeded_at for each in self.routes if each.succeeded_at), default=None)

    @property
    def expired(self) -> int:
        """Messages that were skipped because their own time passed while they waited, of all outages."""
        return sum(each.expired for each in self.routes)


def services_waiting_for(destination: Destination) -> tuple[str, ...]:
    """Return the functions whose messages may wait for a destination: types, and the ingress, which needs the bus."""
    from schemas.catalogue import CATALOGUE  # the notifier needs it while something fails alone

    types = tuple(each.name for each in CATALOGUE if destination in destinations_of(each))
    return (QUEUE_PROCESSOR, *types) if destination is Destination.BUS else types


def read_items(
    batch_get_item: Callable[..., Mapping[str, Any]], table_name: str, keys: Iterable[str]
) -> dict[str, Item]:
    """Read items by their keys; keys without an item are left out.

    Args:
        batch_get_item: DynamoDB's operation, which takes up to 100 keys.
        table_name: the idempotency table.
        keys: values of the attribute `id`.

    Raises:
        UnprocessedError: DynamoDB leaves keys unprocessed. What boto3 raises is raised as it is.
    """
    request: Mapping[str, Any] = {table_name: {"Keys": [{"id": {"S": key}} for key in keys]}}
    items: dict[str, Item] = {}
    for _ in range(_TRIES):
        found = batch_get_item(RequestItems=request)
        items |= {item["id"]["S"]: item for item in found.get("Responses", {}).get(table_name, ())}
        request = found.get("UnprocessedKeys") or {}
        if not request:
            return items
    raise UnprocessedError("DynamoDB did not read all items: the table is throttled")


def states_of(items: Mapping[str, Item], now: datetime) -> dict[Destination, DestinationState]:
    """Return the state of each destination, from the items about its routes by their keys."""
    by_destination: dict[Destination, list[RouteState]] = {each: [] for each in Destination}
    for route in ROUTES:
        by_destination[route.destination].append(state_of(route, items.get(route.health_key, {})))
    return {
        destination: DestinationState(destination=destination, at=now, routes=tuple(routes))
        for destination, routes in by_destination.items()
    }


def state_of(route: Route, item: Item) -> RouteState:
    """Return what the item about a route says; nothing is known by an empty one."""
    return RouteState(
        route=route,
        succeeded_at=time_in(item, "succeeded_at"),
        failing_since=time_in(item, "failing_since"),
        failing_by=text_in(item, "failing_by"),
        failed_at=time_in(item, "failed_at"),
        failed_by=text_in(item, "failed_by"),
        blamed_at=time_in(item, "blamed_at"),
        blamed_by=text_in(item, "blamed_by"),
        why=text_in(item, "why"),
        to_do=text_in(item, "remedy"),
        expired=number_in(item, "expired"),
    )


def health_keys() -> Sequence[str]:
    """Return the keys of the items about routes."""
    return [route.health_key for route in ROUTES]


def text_in(item: Item, name: str) -> str:
    """Return an attribute's text, cut to a sentence's length; empty where there is none."""
    value = item.get(name, {}).get("S", "")
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def time_in(item: Item, name: str) -> datetime | None:
    """Return an attribute's time; None where there is none."""
    return instant(text_in(item, name))


def number_in(item: Item, name: str) -> int:
    """Return an attribute's count; 0 where there is none."""
    value = str(item.get(name, {}).get("N", ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER else 0
