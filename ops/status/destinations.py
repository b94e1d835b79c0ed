"""The systems that functions call, as values: whether each works, and what waits for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from ops.status.endpoints import read_endpoints
from ops.status.health import Health
from schemas.availability import (
    DestinationState,
    UnprocessedError,
    health_keys,
    read_items,
    services_waiting_for,
    states_of,
)
from schemas.destinations import Destination
from schemas.endpoints import EndpointState


class Availability(StrEnum):
    """What is known about a destination."""

    WORKS = "works"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    """No call of it has been noted, or none since it last failed."""


@dataclass(frozen=True, slots=True)
class DestinationStatus:
    """One destination."""

    state: DestinationState
    waiting: int
    """Messages that wait for it; 0 while it works."""

    @property
    def name(self) -> str:
        """Its name, as in a sentence."""
        return self.state.destination.in_words

    @property
    def availability(self) -> Availability:
        """Whether it works."""
        if self.state.failing:
            return Availability.UNAVAILABLE
        succeeded_at, failed_at = self.state.succeeded_at, self.failed_at
        if succeeded_at is None or (failed_at and failed_at > succeeded_at):
            return Availability.UNKNOWN
        return Availability.WORKS

    @property
    def failed_at(self) -> datetime | None:
        """The last failure that no success of its route has followed."""
        return max(
            (each.failed_at for each in self.state.routes if each.failing_since and each.failed_at), default=None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledSystems:
    """The systems that functions call, as the idempotency table describes them."""

    states: Mapping[Destination, DestinationState] = field(default_factory=dict)
    endpoints: tuple[EndpointState, ...] = ()
    """Customers' webhook endpoints that fail or are disabled, the most urgent first."""

    unread: str = ""
    """Why nothing is known, as a clause."""


def read_called_systems(
    batch_get_item: Callable[..., Mapping[str, Any]], table_name: str, now: datetime
) -> CalledSystems:
    """Read the state of each destination and of endpoints that fail; or why the table cannot be read.

    An operator whose role may not read the table still sees the rest of the status.
    """
    try:
        return CalledSystems(
            states=states_of(read_items(batch_get_item, table_name, health_keys()), now),
            endpoints=tuple(read_endpoints(batch_get_item, table_name)),
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            return CalledSystems(unread="the idempotency table is not deployed")
        return CalledSystems(unread=f"the idempotency table answered {code}")
    except UnprocessedError:
        return CalledSystems(unread="the idempotency table is throttled")


def with_waiting(
    states: Mapping[Destination, DestinationState], services: Iterable[Health]
) -> tuple[DestinationStatus, ...]:
    """Add the messages that wait for each destination: those of the types that call it and have delayed messages."""
    waiting = {each.service: each.queue.total for each in services if each.queue.delayed}
    return tuple(
        DestinationStatus(
            state, sum(waiting.get(name, 0) for name in services_waiting_for(destination)) if state.failing else 0
        )
        for destination, state in states.items()
    )
