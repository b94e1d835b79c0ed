"""The alerts of one cause, merged."""

from bisect import insort
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.slack_notifier.cards.card import counted
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.system import DRILL_ERROR, NO_TENANT, SYSTEM_HEARTBEAT, DeadLettered

MAX_IDS = 50
"""Message ids per card in the log; a cause may have thousands."""


@dataclass(slots=True)
class AlertCause:
    """Dead letters of one cause. The first alert is the one with the earliest timestamp: SQS delivers in any order."""

    first: DeadLettered
    """The earliest alert's payload."""

    first_at: datetime
    last_at: datetime
    count: int = 0
    attempts: int = 0
    """The most attempts of any of the dead letters."""

    without_tenant_group: int = 0
    """Dead letters whose SQS message group was not their tenant."""

    version: str = ""
    """Version of the function's code that dead-lettered the last ones; empty where no alert names it."""

    handles: list[str] = field(default_factory=list)
    _versioned_at: datetime | None = None
    _tenants: set[str] = field(default_factory=set)
    _has_more_tenants: bool = False
    _only_drills: bool = True
    _remedies: set[Remedy | None] = field(default_factory=set)
    _ids: list[tuple[datetime, str]] = field(default_factory=list)
    """Time and id of the `MAX_IDS` earliest messages, in order."""

    @classmethod
    def of(cls, alert: Message[DeadLettered]) -> "AlertCause":
        """Create the cause of an alert; the alert itself is still to be added."""
        return cls(alert.payload, alert.timestamp, alert.timestamp)

    def add(self, alert: Message[DeadLettered]) -> None:
        """Add one alert."""
        payload = alert.payload
        if alert.timestamp < self.first_at:
            self.first, self.first_at = payload, alert.timestamp
        self.last_at = max(self.last_at, alert.timestamp)
        if payload.function_version and (self._versioned_at is None or alert.timestamp >= self._versioned_at):
            self.version, self._versioned_at = payload.function_version, alert.timestamp
        self.count += payload.count
        self.attempts = max(self.attempts, payload.attempts)
        self.without_tenant_group += payload.without_tenant_group
        self._only_drills &= payload.error == DRILL_ERROR and payload.service == SYSTEM_HEARTBEAT.name
        self._remedies.add(payload.remedy)
        self._tenants.update(company for company in payload.companies if company != NO_TENANT)
        self._has_more_tenants |= payload.count > len(payload.companies) >= _MAX_IN_AN_ALERT
        for message_id in payload.ids:
            insort(self._ids, (alert.timestamp, message_id))
        del self._ids[MAX_IDS:]

    @property
    def key(self) -> tuple[str, str]:
        """Service and fingerprint: two services may dead-letter a message for one cause, in different queues."""
        return self.first.service, self.first.fingerprint

    @property
    def tenants(self) -> str:
        """The number of tenants as text: `1 tenant`, `12 or more tenants`."""
        return counted_tenants(len(self._tenants), has_more=self._has_more_tenants)

    @property
    def tenant_ids(self) -> AbstractSet[str]:
        """The tenants that the alerts list; there are others if `has_more_tenants`."""
        return self._tenants

    @property
    def has_more_tenants(self) -> bool:
        """Whether an alert listed as many tenants as it can, and has further dead letters."""
        return self._has_more_tenants

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the earliest messages, without duplicates."""
        return list(dict.fromkeys(each for _, each in self._ids))

    @property
    def remedy(self) -> Remedy | None:
        """The remedy that all its alerts name; None where they differ or name none, so that the reason decides."""
        return next(iter(self._remedies)) if len(self._remedies) == 1 else None

    @property
    def is_drill(self) -> bool:
        """Whether all its dead letters are drills, which fail on purpose."""
        return self._only_drills


def counted_tenants(known: int, *, has_more: bool) -> str:
    """`no tenant`, `1 tenant`, `12 or more tenants`."""
    if not known:
        return "no tenant"
    return f"{known:,} or more tenants" if has_more else counted(known, "tenant")


_MAX_IN_AN_ALERT = 10
"""Ids and tenants that one alert lists; its count is complete."""
