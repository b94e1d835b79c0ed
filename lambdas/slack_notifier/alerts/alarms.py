"""The state changes of one CloudWatch alarm, merged."""

from dataclasses import dataclass, field
from datetime import datetime

from lambdas.slack_notifier.alerts.parsing import AlarmNotice
from schemas.names import alarm_parts
from schemas.signals import BY_SLUG, UNHEALTHY, Signal

ALARM, OK = "ALARM", "OK"


@dataclass(slots=True)
class AlarmChanges:
    """State changes of one alarm, ordered by CloudWatch's timestamps: SQS delivers them in any order."""

    latest: AlarmNotice
    handles: list[str] = field(default_factory=list)
    _changes: set[tuple[datetime, str]] = field(default_factory=set)
    """Time and new state of each change; a set, because SQS may deliver a change twice."""

    def add(self, notice: AlarmNotice) -> None:
        """Add one state change."""
        self._changes.add((notice.changed_at, notice.state))
        if notice.changed_at >= self.latest.changed_at:
            self.latest = notice

    @property
    def count(self) -> int:
        """Number of state changes."""
        return len(self._changes)

    @property
    def is_ok(self) -> bool:
        """Whether the latest state is OK."""
        return self.latest.state == OK

    @property
    def needs_card(self) -> bool:
        """Whether to post a card: not for a new alarm whose first state is OK; a first deployment has a hundred."""
        return not self.is_ok or bool(self.alarmed_at) or self.latest.old_state != "INSUFFICIENT_DATA"

    @property
    def alarmed_at(self) -> datetime | None:
        """Time of the latest change to ALARM among the changes received."""
        return max((at for at, state in self._changes if state == ALARM), default=None)

    @property
    def signal(self) -> Signal | None:
        """The signal that the alarm reports; None for an alarm of another system."""
        parts = alarm_parts(self.latest.name)
        return BY_SLUG.get(parts[1]) if parts else None

    @property
    def headline(self) -> str:
        """The problem in a few words."""
        parts = alarm_parts(self.latest.name)
        signal = self.signal
        return signal.headline(parts[0]) if signal and parts else self.latest.name

    @property
    def pages(self) -> bool:
        """Whether this alarm pages the on-call engineer."""
        return self.signal is UNHEALTHY

    @property
    def priority(self) -> tuple[bool, bool, datetime]:
        """Sort key, highest first on Slack: alarms that are on, then those that page, then the latest."""
        return not self.is_ok, self.pages, self.latest.changed_at
