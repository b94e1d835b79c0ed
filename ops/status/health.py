"""The state of a stage, as values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from ops.status.pauses import EXPLAINED, KnownPauses, PauseStatus
from schemas.endpoints import EndpointState
from schemas.signals import (
    BOUNCES,
    COMPLAINTS,
    DEAD_LETTERS,
    DEAD_SCHEDULES,
    REFUSED,
    TEXT_BUDGET,
    UNDELIVERABLE,
    UNDELIVERED_WEBHOOKS,
    UNROUTED,
)
from schemas.webhooks import WEBHOOK_DELIVER

if TYPE_CHECKING:
    from ops.status.destinations import DestinationStatus

_COUNTED = frozenset(
    signal.slug for signal in (DEAD_LETTERS, UNDELIVERED_WEBHOOKS, REFUSED, UNROUTED, UNDELIVERABLE, DEAD_SCHEDULES)
)
"""Alarms on queues whose messages are counted here: SQS sends no data to CloudWatch while a queue is not used."""

_OF_THE_ACCOUNT = frozenset(signal.slug for signal in (TEXT_BUDGET, BOUNCES, COMPLAINTS))
"""Alarms on mail and texts: SES and SNS send no data to CloudWatch before there are any."""


class HealthState(StrEnum):
    """What is known of a type or a stage. Only evidence makes it healthy."""

    HEALTHY = "healthy"
    PAUSED = "paused"
    """Healthy, but for messages that wait on purpose."""

    UNKNOWN = "unknown"
    NEEDS_ATTENTION = "needs attention"


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

    @property
    def is_unknown(self) -> bool:
        """Whether the alarm has no data, and that says nothing about what it watches."""
        return self.state is AlarmSeverity.INSUFFICIENT_DATA and self.slug not in _COUNTED | _OF_THE_ACCOUNT


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
    """The state of a type or of the ingress. Figures are None where there is no value."""

    service: str
    attempts: int | None
    """In the last five minutes; so are failures."""

    failures: int | None
    queue: Queue
    oldest_seconds: float | None
    dead_letters: int
    alarms: tuple[AlarmStatus, ...]
    """The most severe first."""

    pause: PauseStatus | None = None
    """None: the queue's event source mapping is enabled, or not known."""

    pause_unread: str = ""
    """Why it is not known whether or by whom the service is paused, as a clause."""

    @property
    def undelivered(self) -> int:
        """Dead letters that need nobody: webhooks that customers' endpoints did not take.

        A count cannot tell the rare letter of another cause. That one has a card, and a fault that repeats turns on
        `failing` or `errors`.
        """
        return self.dead_letters if self.service == WEBHOOK_DELIVER.name else 0

    @property
    def alarms_on(self) -> tuple[AlarmStatus, ...]:
        """Alarms that are on, without those that a pause or customers' endpoints explain; the most severe first."""
        explained = (EXPLAINED if self.pause else frozenset()) | {UNDELIVERED_WEBHOOKS.slug}
        on = (alarm for alarm in self.alarms if alarm.state is AlarmSeverity.ALARM)
        return tuple(alarm for alarm in on if alarm.slug not in explained)

    @property
    def needs_attention(self) -> bool:
        """Whether there is a dead letter of ours, an alarm is on, or somebody has to end a pause."""
        has_problem = bool(self.pause and self.pause.problem)
        return self.dead_letters > self.undelivered or bool(self.alarms_on) or has_problem

    @property
    def unknown(self) -> tuple[str, ...]:
        """Why it cannot be said whether all is well, as clauses; empty if it can."""
        no_data = tuple(f"alarm {alarm.slug} has no data" for alarm in self.alarms if alarm.is_unknown)
        without_alarms = () if self.alarms else ("no alarm is deployed",)
        waits = self.queue.visible > 0 and self.attempts is None and self.pause is None and not self.pause_unread
        clauses = (self.pause_unread, "messages wait, and no attempt is known" if waits else "")
        return (*without_alarms, *no_data, *filter(None, clauses))

    @property
    def state(self) -> HealthState:
        """What is known of the type."""
        return _state(needs_attention=self.needs_attention, unknown=bool(self.unknown), paused=bool(self.pause))


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

    not_deployed: tuple[str, ...] = ()
    """Types and holding queues of this version that the stage does not have."""

    has_paging_alarm: bool = True
    """Whether the stage should have the composite alarm; the emulator has none."""

    destinations: "tuple[DestinationStatus, ...]" = ()
    """The systems that functions call; empty where nothing is known about them."""

    destinations_unread: str = ""
    """Why nothing is known about them, as a clause."""

    pauses_unread: str = ""
    """Why nothing is known about pauses, as a clause."""

    endpoints: tuple[EndpointState, ...] = ()
    """Customers' webhook endpoints that fail or are disabled, the most urgent first."""

    @property
    def paused(self) -> tuple[PauseStatus, ...]:
        """The services that are paused."""
        return tuple(each.pause for each in self.services if each.pause)

    @property
    def undelivered(self) -> int:
        """Dead letters of webhooks that customers' endpoints did not take."""
        return sum(each.undelivered for each in self.services)

    @property
    def needs_attention(self) -> bool:
        """Whether an alarm is on, a message waits in a dead-letter or holding queue, or people have to act.

        They need not for a called system that is unavailable if there is nothing to do but wait, for a pause that is
        meant, and for customers' endpoints, whose webhooks are dead-lettered after days.
        """
        if any(each.state.to_do for each in self.destinations):
            return True
        on = any(alarm.state is AlarmSeverity.ALARM for alarm in self.alarms) or self.unhealthy is AlarmSeverity.ALARM
        return on or any(self.holding.values()) or any(health.needs_attention for health in self.services)

    @property
    def unknown(self) -> Mapping[str, Sequence[str]]:
        """The types, holding queues and alarms whose state is not known, by the reason; empty if all is known."""
        found = [(why, health.service) for health in self.services for why in health.unknown]
        found += [("not deployed", name) for name in self.not_deployed]
        found += [("no data", f"{alarm.subject}/{alarm.slug}") for alarm in self.alarms if alarm.is_unknown]
        if self.destinations_unread:
            found.append((self.destinations_unread, "which called systems work"))
        if self.pauses_unread:
            found.append((self.pauses_unread, "which types are paused"))
        if self.has_paging_alarm and self.unhealthy is None:
            found.append(("not deployed", "the paging alarm"))
        if self.unhealthy is AlarmSeverity.INSUFFICIENT_DATA:
            found.append(("no data", "the paging alarm"))
        names: dict[str, list[str]] = {}
        for why, name in found:
            names.setdefault(why, []).append(name)
        return names

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a list in a sentence; those of all services are `all types`."""
        return "all types" if list(names) == [health.service for health in self.services] else ", ".join(names)

    @property
    def state(self) -> HealthState:
        """What is known of the stage."""
        return _state(needs_attention=self.needs_attention, unknown=bool(self.unknown), paused=bool(self.paused))

    @property
    def is_as_meant(self) -> bool:
        """Whether the stage is known to need nobody: it is healthy, and pauses are meant."""
        return self.state in {HealthState.HEALTHY, HealthState.PAUSED}


def with_pauses(services: Iterable[Health], mappings: KnownPauses) -> tuple[Health, ...]:
    """Add what is known about the pause of each service."""
    return tuple(
        replace(
            each,
            pause=mappings.paused.get(each.service),
            pause_unread=mappings.unknown.get(each.service, ""),
        )
        for each in services
    )


def _state(*, needs_attention: bool, unknown: bool, paused: bool) -> HealthState:
    if needs_attention:
        return HealthState.NEEDS_ATTENTION
    if unknown:
        return HealthState.UNKNOWN
    return HealthState.PAUSED if paused else HealthState.HEALTHY
