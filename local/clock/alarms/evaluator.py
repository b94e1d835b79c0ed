"""The alarm evaluator: each minute it collects samples, evaluates the alarms and sets the states that have changed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from local.clock.alarms.alarm import MetricAlarm
from local.clock.alarms.evaluation import Conclusion, evaluate
from local.clock.alarms.samples import SampleHistory
from local.clock.alarms.sources import Metric, MetricSource, Samples

_LONGEST_REASON = 1_023
"""Characters (SetAlarmState: StateReason)."""


class AlarmStore(Protocol):
    """A store of alarms and their states."""

    def list_alarms(self) -> Sequence[MetricAlarm]:
        """All alarms with their current states."""

    def set_state(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        """Set the state of an alarm; its actions run."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of an alarm's state."""

    alarm: MetricAlarm
    """The alarm with its previous state."""

    conclusion: Conclusion


class NoSourceError(Exception):
    """An alarm is on a metric that no source measures, so it could never go off."""


def _now() -> datetime:
    return datetime.now(UTC)


class Evaluator:
    """Evaluates alarms from samples; each `tick` is a minute of CloudWatch's."""

    def __init__(self, alarms: AlarmStore, sources: Sequence[MetricSource], now: Callable[[], datetime] = _now) -> None:
        """Create an evaluator with an empty history.

        Args:
            alarms: the alarms and their states.
            sources: the sources of samples; of several that measure a metric, the first is used.
            now: returns the timestamp for datapoints.
        """
        self._alarms = alarms
        self._sources = sources
        self._now = now
        self._history = SampleHistory()

    def tick(self) -> list[StateChange]:
        """End a minute: collect its samples and set the states that have changed.

        Raises:
            NoSourceError: no source measures an alarm's metric.
            NotEvaluatedError: an alarm is of a kind that is not evaluated here.
        """
        alarms = self._alarms.list_alarms()
        self._history.add(self._now(), self._collect({alarm.metric for alarm in alarms}))
        changes = [change for alarm in alarms if (change := self._state_change(alarm))]
        for change in changes:
            self._alarms.set_state(change.alarm, change.conclusion)
        return changes

    def _collect(self, metrics: Collection[Metric]) -> Samples:
        wanted: defaultdict[int, list[Metric]] = defaultdict(list)
        for metric in metrics:
            wanted[self._source_of(metric)].append(metric)
        measured: dict[Metric, Sequence[float]] = {}
        for number, source in enumerate(self._sources):
            measured |= source.collect(wanted[number])
        return measured

    def _source_of(self, metric: Metric) -> int:
        for number, source in enumerate(self._sources):
            if source.measures(metric):
                return number
        raise NoSourceError(f"no source measures {metric}: an alarm on it could never go off")

    def _state_change(self, alarm: MetricAlarm) -> StateChange | None:
        datapoints = self._history.datapoints(alarm)
        real = [each for each in datapoints if each is not None]
        enough = sum(alarm.is_breached_by(each.value) for each in real) >= alarm.needed
        if len(real) < alarm.evaluation_periods and not enough and not self._history.covers(alarm):
            return None  # the missing periods may lie before the first minute
        if alarm.ignores_low_samples and self._history.has_few_samples(alarm):
            return None
        conclusion = evaluate(alarm, datapoints)
        return None if conclusion.state is alarm.state else StateChange(alarm, conclusion)


class CloudWatchAlarms:
    """The CloudWatch alarms whose names have a common prefix."""

    def __init__(self, cloudwatch: Any, prefix: str) -> None:
        """Use the alarms whose names have this prefix."""
        self._cloudwatch = cloudwatch
        self._prefix = prefix

    def list_alarms(self) -> list[MetricAlarm]:
        """All alarms with their current states.

        Raises:
            NotEvaluatedError: an alarm is of a kind that is not evaluated here.
        """
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, AlarmTypes=["MetricAlarm"]
        )
        return [MetricAlarm.from_api(fields) for page in pages for fields in page["MetricAlarms"]]

    def set_state(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        """Set the state of an alarm, which runs its actions."""
        self._cloudwatch.set_alarm_state(
            AlarmName=alarm.name,
            StateValue=str(conclusion.state),
            StateReason=conclusion.reason[:_LONGEST_REASON],
        )
