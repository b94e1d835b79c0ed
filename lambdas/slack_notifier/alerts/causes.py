"""Dead letters of one cause, however many alerts tell of them."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.slack_notifier.cards.card import counted
from schemas.message import Message
from schemas.system import DRILL_ERROR, NO_TENANT, SYSTEM_HEARTBEAT, DeadLettered

NAMED = 50
"""Messages of one cause that are named in the log; there may be thousands."""


@dataclass(slots=True)
class AlertCause:
    """What is known of it so far. SQS delivers alerts in any order: what is first is so by their own times."""

    first: DeadLettered
    """What the earliest alert says."""

    first_at: datetime
    last_at: datetime
    count: int = 0
    attempts: int = 0
    """Of the letter that was tried most often."""

    handles: list[str] = field(default_factory=list)
    _tenants: set[str] = field(default_factory=set)
    _has_more_tenants: bool = False
    _only_drills: bool = True
    _ids: list[tuple[datetime, str]] = field(default_factory=list)
    """The earliest, in order."""

    @classmethod
    def of(cls, alert: Message[DeadLettered]) -> "AlertCause":
        """A cause of which one alert came, yet to be added."""
        return cls(alert.payload, alert.timestamp, alert.timestamp)

    def add(self, alert: Message[DeadLettered]) -> None:
        """Take in what one alert tells."""
        told = alert.payload
        if alert.timestamp < self.first_at:
            self.first, self.first_at = told, alert.timestamp
        self.last_at = max(self.last_at, alert.timestamp)
        self.count += told.count
        self.attempts = max(self.attempts, told.attempts)
        self._only_drills &= told.error == DRILL_ERROR and told.service == SYSTEM_HEARTBEAT.name
        self._tenants.update(company for company in told.companies if company != NO_TENANT)
        self._has_more_tenants |= told.count > len(told.companies) >= _MOST_IN_AN_ALERT
        for each in told.ids:
            insort(self._ids, (alert.timestamp, each))
        del self._ids[NAMED:]

    @property
    def tenants(self) -> str:
        """How many, as far as is known: `1 tenant`, `12 or more tenants`."""
        if not self._tenants:
            return "no tenant"
        known = len(self._tenants)
        return f"{known:,} or more tenants" if self._has_more_tenants else counted(known, "tenant")

    @property
    def ids(self) -> Sequence[str]:
        """Of the earliest messages, each once."""
        return list(dict.fromkeys(each for _, each in self._ids))

    @property
    def is_drill(self) -> bool:
        """Whether it failed on purpose."""
        return self._only_drills

    @property
    def weight(self) -> tuple[int, datetime]:
        """What people should see first has the largest: the most letters, then the latest."""
        return self.count, self.last_at


_MOST_IN_AN_ALERT = 10
"""Ids and tenants that one alert has room for; it counts all."""
