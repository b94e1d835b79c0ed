"""How a stage stands: values alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class AlarmSeverity(IntEnum):
    """Of an alarm, the worst last."""

    OK = 0
    INSUFFICIENT_DATA = 1
    ALARM = 2


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """One alarm, as CloudWatch has it."""

    subject: str
    slug: str
    state: AlarmSeverity
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """How many messages a queue has, approximately."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a type or the ingress stands. Figures of CloudWatch's are None where it has none."""

    service: str
    attempts: int | None
    """In the last five minutes."""

    failures: int | None
    queue: Queue
    oldest_seconds: float | None
    dead_letters: int
    alarms: tuple[AlarmStatus, ...]
    """The worst first."""

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look."""
        return self.dead_letters > 0 or any(alarm.state is AlarmSeverity.ALARM for alarm in self.alarms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a stage stands."""

    stage: str
    at: datetime
    services: tuple[Health, ...]
    """The ingress first, then as the catalogue has them: each has its place, whatever is the matter."""

    resting: Mapping[str, int]
    alarms: tuple[AlarmStatus, ...]
    """Those of no type, the worst first."""

    unhealthy: AlarmSeverity | None
    """Of the alarm to page on; None where there is none."""

    @property
    def is_bad(self) -> bool:
        """Whether an alarm is on or a message lies where nothing becomes of it by itself."""
        on = any(alarm.state is AlarmSeverity.ALARM for alarm in self.alarms) or self.unhealthy is AlarmSeverity.ALARM
        return on or any(self.resting.values()) or any(health.is_bad for health in self.services)
