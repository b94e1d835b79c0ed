"""The CRM is away for a while, or takes only so many calls a second: it refuses calls whatever they are about."""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from pydantic import ConfigDict, Field

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CrmRefusal:
    """The answer to a call that is refused; nothing was done."""

    status: int
    retry_after: str = ""
    """The response's Retry-After header."""


@dataclass(frozen=True, slots=True)
class CrmOutage:
    """A time in which the CRM refuses calls."""

    status: int
    began: datetime
    ends: datetime
    routes: Collection[str] = ()
    """Such as `POST /internal/activity`; all if there are none."""

    def concerns(self, route: str, at: datetime) -> bool:
        """Whether calls of a route are refused at a time."""
        return self.began <= at < self.ends and (not self.routes or route in self.routes)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many calls of a route are taken in any second; the others get 429."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    calls: Annotated[int, Field(ge=1)]
    retry_after: str = ""


class CrmCapacity:
    """Outages and rate limits."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take all calls. `now` is the clock."""
        self._now = now
        self._outages: list[CrmOutage] = []
        self._limits: dict[str, RateLimit] = {}
        self._taken: dict[str, deque[datetime]] = {}

    @property
    def outages(self) -> tuple[CrmOutage, ...]:
        """All outages so far, in order."""
        return tuple(self._outages)

    def begin_outage(self, seconds: float, status: int, routes: Collection[str]) -> None:
        """Refuse calls for some seconds; an outage that is under way ends."""
        self.end_outage()
        now = self._now()
        self._outages.append(CrmOutage(status, now, now + timedelta(seconds=seconds), routes))

    def end_outage(self) -> None:
        """End the outage that is under way, if there is one."""
        now = self._now()
        if self._outages and self._outages[-1].ends > now:
            self._outages[-1] = replace(self._outages[-1], ends=now)

    def limit(self, route: str, limit: RateLimit) -> None:
        """Limit a route from now on."""
        self._limits[route] = limit

    def lift_limits(self) -> None:
        """Take calls at any rate."""
        self._limits.clear()

    def refusal(self, route: str) -> CrmRefusal | None:
        """Take a call, or return why it is refused."""
        now = self._now()
        if self._outages and self._outages[-1].concerns(route, now):
            return CrmRefusal(self._outages[-1].status)
        limit = self._limits.get(route)
        if limit is None:
            return None
        taken = self._taken.setdefault(route, deque())
        while taken and taken[0] <= now - _A_SECOND:
            taken.popleft()
        if len(taken) >= limit.calls:
            return CrmRefusal(HTTPStatus.TOO_MANY_REQUESTS, limit.retry_after)
        taken.append(now)
        return None
