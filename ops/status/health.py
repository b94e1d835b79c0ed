"""The state of a stage, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class AlarmSeverity(IntEnum):
    """The state of an alarm, ordered by severity."""

    OK = 0
    INSUFFICIENT_DATA = 1
    ALARM = 2


@dataclass(frozen=True, slots=True)
class AlarmStatus:
    """One alarm's state in CloudWatch."""

    subject: str
    slug: str
    state: AlarmSeverity
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue's approximate numbers of messages."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """Visible, in flight and delayed messages together."""
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of a type or of the ingress. CloudWatch metrics are None where it has no value."""

    service: str
    attempts: int | None
    """In the last five minutes; so are failures."""

    failures: int | None
    queue: Queue
    oldest_seconds: float | None
    dead_letters: int
    alarms: tuple[AlarmStatus, ...]
    """The most severe first."""

    @property
    def needs_attention(self) -> bool:
        """Whether there is a dead letter or an alarm is on."""
        return self.dead_letters > 0 or any(alarm.state is AlarmSeverity.ALARM for alarm in self.alarms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of a stage."""

    stage: str
    at: datetime
    services: tuple[Health, ...]
    """The ingress first, then in the catalogue's order, whatever their state."""

    holding: Mapping[str, int]
    """Messages in each holding queue."""

    alarms: tuple[AlarmStatus, ...]
    """Alarms that belong to no type, the most severe first."""

    unhealthy: AlarmSeverity | None
    """The state of the composite alarm that pages; None where it is not deployed."""

    @property
    def needs_attention(self) -> bool:
        """Whether an alarm is on, or a message waits in a dead-letter or holding queue."""
        on = any(alarm.state is AlarmSeverity.ALARM for alarm in self.alarms) or self.unhealthy is AlarmSeverity.ALARM
        return on or any(self.holding.values()) or any(health.needs_attention for health in self.services)
