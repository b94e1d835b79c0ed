"""One alarm, however often it changed its state."""

from dataclasses import dataclass, field
from datetime import datetime

from lambdas.slack_notifier.alerts.reading import AlarmNotice
from schemas.names import alarm_parts
from schemas.signals import BY_SLUG, UNHEALTHY, Signal

ALARM, OK = "ALARM", "OK"


@dataclass(slots=True)
class AlarmChanges:
    """What is known of it so far. SQS delivers in any order: what it says last is so by CloudWatch's own times."""

    latest: AlarmNotice
    handles: list[str] = field(default_factory=list)
    _changes: set[tuple[datetime, str]] = field(default_factory=set)
    """When it changed, and to what; SQS may deliver one twice."""

    def add(self, notice: AlarmNotice) -> None:
        """Take in one change."""
        self._changes.add((notice.changed_at, notice.state))
        if notice.changed_at >= self.latest.changed_at:
            self.latest = notice

    @property
    def changes(self) -> int:
        """How often it changed."""
        return len(self._changes)

    @property
    def is_over(self) -> bool:
        """Whether all is well again."""
        return self.latest.state == OK

    @property
    def is_news(self) -> bool:
        """Whether it is worth telling: not that an alarm that has just been made finds all well, as a hundred do."""
        return not self.is_over or bool(self.alarmed_at) or self.latest.old_state != "INSUFFICIENT_DATA"

    @property
    def alarmed_at(self) -> datetime | None:
        """When it last went off, as far as its changes here tell."""
        return max((at for at, state in self._changes if state == ALARM), default=None)

    @property
    def signal(self) -> Signal | None:
        """What it means; None for an alarm that is not this system's."""
        parts = alarm_parts(self.latest.name)
        return BY_SLUG.get(parts[1]) if parts else None

    @property
    def headline(self) -> str:
        """What is the matter, in a few words."""
        parts = alarm_parts(self.latest.name)
        signal = self.signal
        return signal.headline(parts[0]) if signal and parts else self.latest.name

    @property
    def pages(self) -> bool:
        """Whether it is the one that somebody is woken for."""
        return self.signal is UNHEALTHY

    @property
    def weight(self) -> tuple[bool, bool, datetime]:
        """What people should see first has the largest: what is on, then what pages, then the latest."""
        return not self.is_over, self.pages, self.latest.changed_at
