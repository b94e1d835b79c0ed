"""The state changes of one CloudWatch alarm, merged."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lambdas.slack_notifier.alerts.parsing import AlarmNotice
from schemas.names import SYSTEM, alarm_parts
from schemas.signals import BY_SLUG, UNHEALTHY, Signal

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"

FIRST_DATA = timedelta(hours=1)
"""An alarm of another system that was configured less than this ago, and goes from `INSUFFICIENT_DATA` to `OK`, is new.

A notification says when its alarm was configured, not whether it was in alarm before it had no data (CloudWatch User
Guide, "Acting on alarm changes"). So an older alarm is taken to have recovered.
"""


@dataclass(slots=True)
class AlarmChanges:
    """State changes of one alarm, ordered by CloudWatch's timestamps: SQS delivers them in any order."""

    latest: AlarmNotice
    earliest: AlarmNotice
    """Its previous state is the state before this run."""

    was_on: bool = False
    """Whether this process has reported the alarm as on, and not as over since."""

    handles: list[str] = field(default_factory=list)
    _changes: set[tuple[datetime, str]] = field(default_factory=set)
    """Time and new state of each change; a set, because SQS may deliver a change twice."""

    def add(self, notice: AlarmNotice) -> None:
        """Add one state change."""
        self._changes.add((notice.changed_at, notice.state))
        self.latest = max(self.latest, notice, key=_order)
        self.earliest = min(self.earliest, notice, key=_order)

    @classmethod
    def of(cls, notice: AlarmNotice, *, was_on: bool = False) -> "AlarmChanges":
        """Create the changes of an alarm; the notification itself is still to be added."""
        return cls(notice, notice, was_on)

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
        """Whether to post a card: not for an alarm that was OK before this run and is OK after it.

        A new alarm counts as OK before its first data: a first deployment has a hundred of them.
        """
        if not self.is_ok or self.alarmed_at or self.was_on:
            return True
        before = self.earliest.old_state
        return before != OK and not (before == INSUFFICIENT_DATA and self._is_new)

    @property
    def _is_new(self) -> bool:
        if self.signal:
            return True  # none of this system's alarms returns to `INSUFFICIENT_DATA` where data are missing
        configured_at = self.earliest.configured_at
        return configured_at is not None and self.earliest.changed_at - configured_at < FIRST_DATA

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
    def kind(self) -> str:
        """The signal in a word or two, for alarms of one kind together."""
        return self.signal.slug.replace("-", " ") if self.signal else "others"

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
    def is_about_the_system(self) -> bool:
        """Whether the alarm is about the system as a whole, not about one type or function."""
        parts = alarm_parts(self.latest.name)
        return parts is not None and parts[0] == SYSTEM

    @property
    def urgency(self) -> int:
        """Higher for what needs a look sooner: 2 for an alarm that is on, 1 for one without data, 0 for OK."""
        return {ALARM: 2, OK: 0}.get(self.latest.state, 1)

    @property
    def priority(self) -> tuple[int, bool, bool, datetime]:
        """Sort key, highest first on Slack: the urgent, the system's, those that page, then the latest."""
        return self.urgency, self.is_about_the_system, self.pages, self.latest.changed_at


def _order(notice: AlarmNotice) -> tuple[datetime, bool, str]:
    """Sort key by time; of changes at one time, the one to ALARM counts as the last."""
    return notice.changed_at, notice.state == ALARM, notice.state
