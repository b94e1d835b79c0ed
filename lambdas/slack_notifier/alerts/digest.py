"""All that one run found in the alerts queue, folded into a handful of things to tell as it comes.

Ten thousand alerts take the room of their causes and receipt handles: no body is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lambdas.slack_notifier.alerts.alarms import AlarmChanges
from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.alerts.reading import AlarmNotice, Alert, Unreadable
from schemas.message import Message
from schemas.system import DeadLettered

MOST_CARDS = 5
"""For dead letters, and as many for alarms: who gets more in a minute reads none."""

T = TypeVar("T")


@dataclass(slots=True)
class UnreadableAlerts:
    """What was neither an alert nor an alarm: SQS's message ids, and why."""

    found: list[tuple[str, str]] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Digest:
    """What is to be told."""

    causes: dict[tuple[str, str], AlertCause] = field(default_factory=dict)
    """By service and fingerprint: a message may be refused for one cause at two doors, and lie in two queues."""

    alarms: dict[str, AlarmChanges] = field(default_factory=dict)
    unreadable: UnreadableAlerts = field(default_factory=UnreadableAlerts)
    _taken: set[str] = field(default_factory=set)
    """Ids of alerts: EventBridge and SQS may deliver one twice."""

    def take(self, alert: Alert, *, sqs_message_id: str, handle: str) -> None:
        """Take in one message of the queue."""
        match alert:
            case AlarmNotice():
                alarm = self.alarms.setdefault(alert.arn or alert.name, AlarmChanges(alert))
                alarm.add(alert)
                alarm.handles.append(handle)
            case Unreadable():
                self.unreadable.found.append((sqs_message_id, alert.why))
                self.unreadable.handles.append(handle)
            case _:
                self._take_dead_letters(alert, handle)

    def _take_dead_letters(self, alert: Message[DeadLettered], handle: str) -> None:
        key = alert.payload.service, alert.payload.fingerprint
        cause = self.causes.setdefault(key, AlertCause.of(alert))
        cause.handles.append(handle)
        if alert.id not in self._taken:
            self._taken.add(alert.id)
            cause.add(alert)

    def ranked_causes(self) -> tuple[Sequence[AlertCause], Sequence[AlertCause]]:
        """Those that have a card of their own, and those that share one."""
        return _shared_out(sorted(self.causes.values(), key=lambda cause: cause.weight, reverse=True))

    def ranked_alarms(self) -> tuple[Sequence[AlarmChanges], Sequence[AlarmChanges]]:
        """Likewise, of those that are news."""
        news = [alarm for alarm in self.alarms.values() if alarm.is_news]
        return _shared_out(sorted(news, key=lambda alarm: alarm.weight, reverse=True))

    @property
    def no_news(self) -> Sequence[str]:
        """Receipt handles of what is not worth telling."""
        return [handle for alarm in self.alarms.values() if not alarm.is_news for handle in alarm.handles]


def _shared_out(ranked: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    own = MOST_CARDS if len(ranked) <= MOST_CARDS else MOST_CARDS - 1
    return ranked[:own], ranked[own:]


def one_of_each_first(lists: Sequence[Sequence[str]], most: int) -> list[str]:
    """At most so many of all of them: the first of each list, then the second of each, and so on."""
    return list(_columns(lists))[:most]


def _columns(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    for place in range(max(map(len, lists), default=0)):
        yield from (each[place] for each in lists if place < len(each))
