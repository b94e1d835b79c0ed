"""The evaluator: each minute it measures, concludes, and turns the alarms whose state has changed in CloudWatch."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from local.clock.alarms.alarm import AlarmState, MetricAlarm
from local.clock.alarms.evaluation import Conclusion, evaluate
from local.clock.alarms.samples import SampleHistory
from local.clock.alarms.sources import Metric, Samples, Source

_LONGEST_REASON = 1_023
"""Characters (SetAlarmState: StateReason)."""


class AlarmStore(Protocol):
    """The alarms, wherever they are kept."""

    def described(self) -> Sequence[MetricAlarm]:
        """All of them, as they stand."""

    def turn(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        """Let one say something else from now on; whoever is to be told of it is told."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An alarm that says something else than before."""

    alarm: MetricAlarm
    """As it was."""

    conclusion: Conclusion


class NoSourceError(Exception):
    """An alarm is on a metric that nothing here measures: it could never go off."""


def _now() -> datetime:
    return datetime.now(UTC)


class Evaluator:
    """Evaluates alarms by samples. Its minutes pass when it is told so: each `tick` is one of CloudWatch's."""

    def __init__(self, alarms: AlarmStore, sources: Sequence[Source], now: Callable[[], datetime] = _now) -> None:
        """Evaluate these alarms.

        Args:
            alarms: the alarms; they keep their states.
            sources: what measures; where several know a metric, the first of them does.
            now: the time that datapoints are said to be of.
        """
        self._alarms = alarms
        self._sources = sources
        self._now = now
        self._history = SampleHistory()

    def tick(self) -> list[Turn]:
        """A minute is over: measure, and turn what has changed.

        Raises:
            NoSourceError: an alarm's metric is known to no source.
            NotEvaluatedError: there is an alarm of a sort that is not evaluated here.
        """
        alarms = self._alarms.described()
        self._history.enter(self._now(), self._measured({alarm.metric for alarm in alarms}))
        turns = [turn for alarm in alarms if (turn := self._turn(alarm))]
        for turn in turns:
            self._alarms.turn(turn.alarm, turn.conclusion)
        return turns

    def _measured(self, metrics: Collection[Metric]) -> Samples:
        wanted: defaultdict[int, list[Metric]] = defaultdict(list)
        for metric in metrics:
            wanted[self._source_of(metric)].append(metric)
        measured: dict[Metric, Sequence[float]] = {}
        for number, source in enumerate(self._sources):
            measured |= source.minute(wanted[number])
        return measured

    def _source_of(self, metric: Metric) -> int:
        for number, source in enumerate(self._sources):
            if source.knows(metric):
                return number
        raise NoSourceError(f"nothing here measures {metric}: an alarm on it could never go off")

    def _turn(self, alarm: MetricAlarm) -> Turn | None:
        datapoints = self._history.datapoints(alarm)
        real = [each for each in datapoints if each is not None]
        enough = sum(alarm.is_breached_by(each.value) for each in real) >= alarm.needed
        if len(real) < alarm.evaluation_periods and not enough and not self._history.covers(alarm):
            return None  # what is missing may be of before the first minute
        if alarm.ignores_few and self._history.is_thin(alarm):
            return None
        conclusion = evaluate(alarm, datapoints)
        return None if conclusion.state is alarm.state else Turn(alarm, conclusion)


def ringing(alarms: AlarmStore) -> list[MetricAlarm]:
    """Those that are in ALARM."""
    return [alarm for alarm in alarms.described() if alarm.state is AlarmState.ALARM]


class CloudWatchAlarms:
    """Alarms whose names begin alike."""

    def __init__(self, cloudwatch: Any, prefix: str) -> None:
        """Take those alarms whose names have this prefix."""
        self._cloudwatch = cloudwatch
        self._prefix = prefix

    def described(self) -> list[MetricAlarm]:
        """All of them, as they stand.

        Raises:
            NotEvaluatedError: one is of a sort that is not evaluated here.
        """
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, AlarmTypes=["MetricAlarm"]
        )
        return [MetricAlarm.described(fields) for page in pages for fields in page["MetricAlarms"]]

    def turn(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        """Set its state, which runs its actions."""
        self._cloudwatch.set_alarm_state(
            AlarmName=alarm.name,
            StateValue=str(conclusion.state),
            StateReason=conclusion.reason[:_LONGEST_REASON],
        )
