"""Sums of webhooks that customers' endpoints did not take, since the last card about them.

One item of the idempotency table keeps them, so that a new process goes on with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lambdas.slack_notifier.alerts.causes import AlertCause
from schemas.availability import Item, number_in, text_in, time_in
from schemas.identity import REMEMBERED_DAYS
from schemas.wire import timestamp

SUMS_KEY = "cards#endpoints"
"""The item's key; functions, which write `health#…`, may not write it."""

MAX_TENANTS = 1_000
"""Tenants that are told apart; their ids take 36 KB of the 400 that an item may have."""

_KEPT = timedelta(days=REMEMBERED_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredSums:
    """Undelivered webhooks that no card has reported yet, and the time of the last card."""

    said_at: datetime | None = None
    """When the last card was sent; None where none is known."""

    count: int = 0
    """Dead letters."""

    first_at: datetime | None = None
    last_at: datetime | None = None
    tenants: frozenset[str] = frozenset()
    has_more_tenants: bool = False
    """Whether there are more tenants than those."""

    def plus(self, causes: Iterable[AlertCause]) -> "UndeliveredSums":
        """Return these sums with the alerts of some causes."""
        causes = list(causes)
        times = [at for at in (self.first_at, self.last_at) if at]
        times += [at for cause in causes for at in (cause.first_at, cause.last_at)]
        tenants = sorted(self.tenants.union(*(cause.tenant_ids for cause in causes)))
        more = any(cause.has_more_tenants for cause in causes) or len(tenants) > MAX_TENANTS
        return UndeliveredSums(
            said_at=self.said_at,
            count=self.count + sum(cause.count for cause in causes),
            first_at=min(times, default=None),
            last_at=max(times, default=None),
            tenants=frozenset(tenants[:MAX_TENANTS]),
            has_more_tenants=self.has_more_tenants or more,
        )

    def item(self, now: datetime) -> dict[str, dict[str, Any]]:
        """Return the item that keeps them."""
        times = {"said_at": self.said_at, "first_at": self.first_at, "last_at": self.last_at}
        return {
            "id": {"S": SUMS_KEY},
            **{name: {"S": timestamp(at)} for name, at in times.items() if at},
            "count": {"N": str(self.count)},
            **({"tenants": {"SS": sorted(self.tenants)}} if self.tenants else {}),  # DynamoDB keeps no empty set
            **({"has_more_tenants": {"S": "1"}} if self.has_more_tenants else {}),
            "expiration": {"N": str(int((now + _KEPT).timestamp()))},
        }


@dataclass(slots=True)
class ProcessUndelivered:
    """The memory of one process beyond the item; a new process knows nothing."""

    said_at: datetime | None = None
    """When this process sent the last card, of which the table may not know."""


def sums_in(item: Item) -> UndeliveredSums:
    """Read an item that `UndeliveredSums.item` made; nothing is known by an empty one."""
    return UndeliveredSums(
        said_at=time_in(item, "said_at"),
        count=number_in(item, "count"),
        first_at=time_in(item, "first_at"),
        last_at=time_in(item, "last_at"),
        tenants=frozenset(item.get("tenants", {}).get("SS", ())),
        has_more_tenants=bool(text_in(item, "has_more_tenants")),
    )
