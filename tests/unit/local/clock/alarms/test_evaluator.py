"""The evaluator sets an alarm's state when it changes, and only then."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from local.clock.alarms.alarm import AlarmState, Comparison, MetricAlarm, Missing
from local.clock.alarms.evaluation import Conclusion
from local.clock.alarms.evaluator import Evaluator, NoSourceError
from local.clock.alarms.samples import statistic
from local.clock.alarms.sources import Metric, MetricOverrides, Samples

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FAILURE = Metric.of("TalyAsync/local", "Failure", {"service": "email.send"})
ALARM = MetricAlarm(
    name="failing",
    metric=FAILURE,
    statistic="Sum",
    period=1,
    evaluation_periods=1,
    threshold=3,
    comparison=Comparison.OVER_OR_AT,
    missing=Missing.NOT_BREACHING,
    state=AlarmState.OK,
)


@dataclass
class Alarms:
    """An alarm store in memory."""

    kept: dict[str, MetricAlarm]
    changes: list[tuple[str, AlarmState]] = field(default_factory=list)

    def list_alarms(self) -> list[MetricAlarm]:
        return list(self.kept.values())

    def set_state(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        self.kept[alarm.name] = replace(alarm, state=conclusion.state)
        self.changes.append((alarm.name, conclusion.state))


@dataclass
class Everything:
    """A source of every metric, without samples."""

    asked: list[Metric] = field(default_factory=list)

    def measures(self, metric: Metric) -> bool:
        return True

    def collect(self, metrics: Collection[Metric]) -> Samples:
        self.asked += metrics
        return {}


def minutes(alarm: MetricAlarm, *samples: tuple[float, ...]) -> list[AlarmState]:
    """The alarm's state after each minute with these samples."""
    alarms, overrides = Alarms({alarm.name: alarm}), MetricOverrides()
    evaluator = Evaluator(alarms, [overrides], lambda: AT)
    found = []
    for each in samples:
        overrides.set(alarm.metric, *each)
        evaluator.tick()
        found.append(alarms.kept[alarm.name].state)
    return found


def test_an_alarms_state_is_set_once_when_it_changes() -> None:
    alarms, overrides = Alarms({"failing": ALARM}), MetricOverrides()
    overrides.set(FAILURE, 1, 1, 1)
    evaluator = Evaluator(alarms, [overrides], lambda: AT)

    first, second = evaluator.tick(), evaluator.tick()

    assert [(change.alarm.state, change.conclusion.state) for change in first] == [(AlarmState.OK, AlarmState.ALARM)]
    assert second == []
    assert alarms.changes == [("failing", AlarmState.ALARM)]


def test_a_period_of_five_minutes_is_evaluated_every_minute() -> None:
    alarm = replace(ALARM, period=5)

    states = minutes(alarm, (1,), (1,), (0,), (1,), (0,), (0,), (0,), (0,))

    assert states == [AlarmState.OK] * 3 + [AlarmState.ALARM] * 2 + [AlarmState.OK] * 3


def test_two_minutes_of_old_samples_do_not_let_an_alarm_flap() -> None:
    """In windows that end with each minute they are one datapoint and two by turns."""
    alarm = replace(ALARM, period=5)

    states = minutes(alarm, (1, 1), (), (), (1, 1), *[()] * 12)

    assert states == [AlarmState.OK] * 3 + [AlarmState.ALARM] * 12 + [AlarmState.OK]


def test_samples_of_two_periods_are_never_one_datapoint() -> None:
    alarm = replace(ALARM, period=5)

    states = minutes(alarm, (), (), (), (1, 1), (), (1, 1), *[()] * 12)

    assert set(states) == {AlarmState.OK}


def test_missing_data_counts_after_a_whole_evaluation_period() -> None:
    heartbeat = replace(
        ALARM,
        statistic="SampleCount",
        comparison=Comparison.UNDER,
        threshold=1,
        evaluation_periods=5,
        missing=Missing.BREACHING,
        state=AlarmState.INSUFFICIENT_DATA,
    )

    states = minutes(heartbeat, *[()] * 5)

    assert states == [AlarmState.INSUFFICIENT_DATA] * 4 + [AlarmState.ALARM]


def test_missing_data_counts_when_samples_left_the_evaluation_range() -> None:
    heartbeat = replace(
        ALARM,
        statistic="SampleCount",
        comparison=Comparison.UNDER,
        threshold=1,
        evaluation_periods=5,
        missing=Missing.BREACHING,
    )

    states = minutes(heartbeat, *[(0.0,)] * 5, *[()] * 8)

    assert states.index(AlarmState.ALARM) == 11
    assert states[11:] == [AlarmState.ALARM] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sum", 15.0),
        ("Average", 3.0),
        ("Maximum", 5.0),
        ("Minimum", 1.0),
        ("SampleCount", 5.0),
        ("p50", 3.0),
        ("p95", 4.8),
        ("p99.9", 4.996),
        ("p100", 5.0),
    ],
)
def test_each_statistic_is_calculated(name: str, value: float) -> None:
    assert statistic(name, [5, 1, 4, 2, 3]) == pytest.approx(value)
    assert statistic(name, []) is None


def test_an_unknown_statistic_is_refused() -> None:
    with pytest.raises(ValueError, match="TM\\(5%:95%\\)"):
        statistic("TM(5%:95%)", [1])


def test_a_percentile_of_few_samples_does_not_change_the_state() -> None:
    late = replace(ALARM, statistic="p95", threshold=60, ignores_low_samples=True)

    assert minutes(late, (90,) * 199, (90,) * 200, (1,) * 199, (1,) * 200, ()) == [
        AlarmState.OK,
        AlarmState.ALARM,
        AlarmState.ALARM,
        AlarmState.OK,
        AlarmState.OK,
    ]
    assert minutes(replace(late, ignores_low_samples=False), (90,)) == [AlarmState.ALARM]


def test_only_the_first_source_of_a_metric_is_asked() -> None:
    overrides, everything = MetricOverrides(), Everything()
    other = replace(ALARM, name="other", metric=Metric.of("AWS/Lambda", "Throttles", {}))
    overrides.set(FAILURE, 9)
    alarms = Alarms({"failing": ALARM, "other": other})

    Evaluator(alarms, [overrides, everything], lambda: AT).tick()

    assert everything.asked == [other.metric]
    assert alarms.changes == [("failing", AlarmState.ALARM)]


def test_a_metric_of_several_alarms_is_collected_once_a_minute() -> None:
    everything = Everything()
    alarms: Mapping[str, MetricAlarm] = {name: replace(ALARM, name=name) for name in ("failing", "late")}

    Evaluator(Alarms(dict(alarms)), [everything], lambda: AT).tick()

    assert everything.asked == [FAILURE]


def test_a_metric_is_measured_again_after_its_override_is_cleared() -> None:
    overrides, everything = MetricOverrides(), Everything()
    evaluator = Evaluator(Alarms({"failing": ALARM}), [overrides, everything], lambda: AT)
    overrides.set(FAILURE, 9)
    evaluator.tick()

    overrides.clear(FAILURE)
    evaluator.tick()

    assert everything.asked == [FAILURE]


def test_an_alarm_without_a_source_is_an_error() -> None:
    alarm = replace(ALARM, metric=Metric.of("AWS/SQS", "NumberOfMessagesDeleted", {"QueueName": "alerts"}))

    with pytest.raises(NoSourceError, match="AWS/SQS NumberOfMessagesDeleted QueueName=alerts"):
        Evaluator(Alarms({"alert-not-published": alarm}), [MetricOverrides()], lambda: AT).tick()
