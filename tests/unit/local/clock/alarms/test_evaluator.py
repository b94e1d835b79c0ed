"""Minutes pass as they are told to, and an alarm is turned when what it says has changed, and not before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from local.clock.alarms.alarm import AlarmState, Comparison, MetricAlarm, Missing
from local.clock.alarms.evaluation import Conclusion
from local.clock.alarms.evaluator import Evaluator, NoSourceError
from local.clock.alarms.samples import statistic
from local.clock.alarms.sources import Metric, Samples, StagedMetrics

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
FAILURE = Metric.of("TalyAsync", "Failure", {"service": "email.send"})
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
    """What CloudWatch keeps of them."""

    kept: dict[str, MetricAlarm]
    turns: list[tuple[str, AlarmState]] = field(default_factory=list)

    def described(self) -> list[MetricAlarm]:
        return list(self.kept.values())

    def turn(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        self.kept[alarm.name] = replace(alarm, state=conclusion.state)
        self.turns.append((alarm.name, conclusion.state))


@dataclass
class Everything:
    """Measures whatever it is asked for: nothing of it is there."""

    asked: list[Metric] = field(default_factory=list)

    def knows(self, metric: Metric) -> bool:
        return True

    def minute(self, metrics: Collection[Metric]) -> Samples:
        self.asked += metrics
        return {}


def minutes(alarm: MetricAlarm, *samples: tuple[float, ...]) -> list[AlarmState]:
    """What an alarm says after each of some minutes that have these samples."""
    alarms, staged = Alarms({alarm.name: alarm}), StagedMetrics()
    evaluator = Evaluator(alarms, [staged], lambda: AT)
    found = []
    for each in samples:
        staged.stage(alarm.metric, *each)
        evaluator.tick()
        found.append(alarms.kept[alarm.name].state)
    return found


def test_an_alarm_is_turned_when_its_state_changes_and_not_again() -> None:
    alarms, staged = Alarms({"failing": ALARM}), StagedMetrics()
    staged.stage(FAILURE, 1, 1, 1)
    evaluator = Evaluator(alarms, [staged], lambda: AT)

    first, second = evaluator.tick(), evaluator.tick()

    assert [(turn.alarm.state, turn.conclusion.state) for turn in first] == [(AlarmState.OK, AlarmState.ALARM)]
    assert second == []
    assert alarms.turns == [("failing", AlarmState.ALARM)]


def test_a_period_of_five_minutes_is_the_last_five_whenever_one_ends() -> None:
    alarm = replace(ALARM, period=5)

    states = minutes(alarm, (1,), (1,), (0,), (1,), (0,), (0,), (0,), (0,))

    assert states == [AlarmState.OK] * 3 + [AlarmState.ALARM] * 2 + [AlarmState.OK] * 3


def test_silence_is_believed_once_all_of_it_was_heard() -> None:
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


def test_silence_after_signs_of_life_is_noticed_when_they_have_left_the_evaluation_range() -> None:
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
def test_samples_become_one_number_by_each_statistic(name: str, value: float) -> None:
    assert statistic(name, [5, 1, 4, 2, 3]) == pytest.approx(value)
    assert statistic(name, []) is None


def test_a_statistic_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="TM\\(5%:95%\\)"):
        statistic("TM(5%:95%)", [1])


def test_a_percentile_of_few_samples_leaves_an_alarm_as_it_is() -> None:
    late = replace(ALARM, statistic="p95", threshold=60, ignores_few=True)

    assert minutes(late, (90,) * 199, (90,) * 200, (1,) * 199, (1,) * 200, ()) == [
        AlarmState.OK,
        AlarmState.ALARM,
        AlarmState.ALARM,
        AlarmState.OK,
        AlarmState.OK,
    ]
    assert minutes(replace(late, ignores_few=False), (90,)) == [AlarmState.ALARM]


def test_the_first_source_that_knows_a_metric_measures_it_and_no_other() -> None:
    staged, everything = StagedMetrics(), Everything()
    other = replace(ALARM, name="other", metric=Metric.of("AWS/Lambda", "Throttles", {}))
    staged.stage(FAILURE, 9)
    alarms = Alarms({"failing": ALARM, "other": other})

    Evaluator(alarms, [staged, everything], lambda: AT).tick()

    assert everything.asked == [other.metric]
    assert alarms.turns == [("failing", AlarmState.ALARM)]


def test_a_metric_is_measured_once_a_minute_however_many_alarms_are_on_it() -> None:
    everything = Everything()
    alarms: Mapping[str, MetricAlarm] = {name: replace(ALARM, name=name) for name in ("failing", "late")}

    Evaluator(Alarms(dict(alarms)), [everything], lambda: AT).tick()

    assert everything.asked == [FAILURE]


def test_what_is_staged_no_more_is_measured_again() -> None:
    staged, everything = StagedMetrics(), Everything()
    evaluator = Evaluator(Alarms({"failing": ALARM}), [staged, everything], lambda: AT)
    staged.stage(FAILURE, 9)
    evaluator.tick()

    staged.release(FAILURE)
    evaluator.tick()

    assert everything.asked == [FAILURE]


def test_an_alarm_that_nothing_feeds_is_an_error() -> None:
    alarm = replace(ALARM, metric=Metric.of("AWS/SQS", "NumberOfMessagesDeleted", {"QueueName": "alerts"}))

    with pytest.raises(NoSourceError, match="AWS/SQS NumberOfMessagesDeleted QueueName=alerts"):
        Evaluator(Alarms({"untold": alarm}), [StagedMetrics()], lambda: AT).tick()
