"""All alerts of one run, grouped by cause and by alarm as they are received.

No body is kept: ten thousand alerts take the memory of their causes and receipt handles.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from lambdas.slack_notifier.alerts.alarms import AlarmChanges
from lambdas.slack_notifier.alerts.causes import MAX_IDS, AlertCause
from lambdas.slack_notifier.alerts.parsing import AlarmNotice, Alert, Unreadable
from schemas.message import Message
from schemas.system import DeadLettered, DeadLettersExpiring

MAX_CARDS = 5
"""Causes that get a card each per run, and alarms: nobody reads more in a minute. The others share cards."""

T = TypeVar("T")


@dataclass(slots=True)
class AlikeMessages:
    """Unreadable messages with one reason and one excerpt."""

    ids: list[str] = field(default_factory=list)
    """SQS's message ids of the first `MAX_IDS`."""

    handles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Expiring:
    """The alerts about dead letters that end soon; the latest counts, as each is about all of them."""

    latest: DeadLettersExpiring | None = None
    handles: list[str] = field(default_factory=list)
    _at: datetime | None = None

    def add(self, alert: DeadLettersExpiring, handle: str, *, at: datetime) -> None:
        """Add one alert; `at` is when it was published."""
        self.handles.append(handle)
        if self._at is None or at >= self._at:
            self.latest, self._at = alert, at


@dataclass(slots=True)
class Digest:
    """The grouped alerts of one run."""

    alarms_on: Collection[str] = ()
    """Names of the alarms that were reported as on, and not as over since."""

    causes: dict[tuple[str, str], AlertCause] = field(default_factory=dict)
    """By service and fingerprint: two services may dead-letter a message for one cause, in different queues."""

    alarms: dict[str, AlarmChanges] = field(default_factory=dict)
    unreadable: dict[Unreadable, AlikeMessages] = field(default_factory=dict)
    expiring: Expiring = field(default_factory=Expiring)
    _alert_ids: set[str] = field(default_factory=set)
    """Ids of the alerts added: EventBridge and SQS may deliver an alert twice."""

    def add(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        """Add one message of the alerts queue."""
        match alert:
            case AlarmNotice():
                alarm = self.alarms.setdefault(
                    alert.arn or alert.name, AlarmChanges.of(alert, was_on=alert.name in self.alarms_on)
                )
                alarm.add(alert)
                alarm.handles.append(handle)
            case Unreadable():
                alike = self.unreadable.setdefault(alert, AlikeMessages())
                alike.handles.append(handle)
                if len(alike.ids) < MAX_IDS:
                    alike.ids.append(sqs_message_id)
            case Message(payload=DeadLettersExpiring() as found):
                self.expiring.add(found, handle, at=alert.timestamp)
            case _:
                self._add_dead_letters(cast("Message[DeadLettered]", alert), handle)

    def _add_dead_letters(self, alert: Message[DeadLettered], handle: str) -> None:
        cause = AlertCause.of(alert)
        cause = self.causes.setdefault(cause.key, cause)
        cause.handles.append(handle)
        if alert.id not in self._alert_ids:
            self._alert_ids.add(alert.id)
            cause.add(alert)

    def ranked_alarms(self) -> tuple[Sequence[AlarmChanges], Sequence[AlarmChanges]]:
        """Alarms that each get a card, and alarms that share one; highest priority first."""
        alarms = [alarm for alarm in self.alarms.values() if alarm.needs_card]
        return split(sorted(alarms, key=lambda alarm: alarm.priority, reverse=True))

    @property
    def handles_without_card(self) -> Sequence[str]:
        """Receipt handles of the alarm notifications that need no card."""
        return [handle for alarm in self.alarms.values() if not alarm.needs_card for handle in alarm.handles]


def split(ranked: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Split causes or alarms into those that get a card each, and those that share cards."""
    single = MAX_CARDS if len(ranked) <= MAX_CARDS else MAX_CARDS - 1
    return ranked[:single], ranked[single:]


def interleave(lists: Sequence[Sequence[str]], limit: int) -> list[str]:
    """Up to `limit` items: the first of each list, then the second of each, and so on."""
    return list(_columns(lists))[:limit]


def _columns(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    for index in range(max(map(len, lists), default=0)):
        yield from (each[index] for each in lists if index < len(each))
