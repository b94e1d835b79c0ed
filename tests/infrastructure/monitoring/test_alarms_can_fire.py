"""Every alarm can go off: each is driven to ALARM by samples that its metric can have."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import ceil

import pytest

from local.clock.alarms.alarm import AlarmState, Comparison, MetricAlarm
from local.clock.alarms.evaluation import Conclusion
from local.clock.alarms.evaluator import Evaluator
from local.clock.alarms.lambda_metrics import ERRORS, INVOCATIONS, THROTTLES
from local.clock.alarms.samples import minimum_samples
from local.clock.alarms.sources import MetricOverrides
from local.clock.clock import metric_sources
from ops.stage.endpoint import Endpoint
from schemas.catalogue import CATALOGUE
from schemas.names import (
    DEAD_LETTER_KEEPER,
    FAILURE,
    QUEUE_PROCESSOR,
    SLACK_NOTIFIER,
    SYSTEM,
    alarm_name,
    alarm_parts,
)
from schemas.signals import (
    DEAD_LETTERS,
    DEAD_SCHEDULES,
    HEARTBEAT,
    NOTIFIER_SILENT,
    REFUSED,
    UNDELIVERABLE,
    UNHEALTHY,
    UNROUTED,
)
from schemas.system import SYSTEM_HEARTBEAT
from tests.infrastructure.deployment import Deployment

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
NOWHERE = Endpoint("http://127.0.0.1:9")
"""An endpoint that is never called."""

ONES = {FAILURE, ERRORS, INVOCATIONS, THROTTLES}
"""Metrics with samples of 0 or 1."""

Samples = tuple[float, ...]


@dataclass
class SingleAlarm:
    """A store with one alarm."""

    alarm: MetricAlarm

    def list_alarms(self) -> Sequence[MetricAlarm]:
        return [self.alarm]

    def set_state(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        self.alarm = replace(alarm, state=conclusion.state)


@dataclass
class Drive:
    """Evaluates an alarm minute by minute with given samples."""

    alarm: MetricAlarm
    overrides: MetricOverrides = field(default_factory=MetricOverrides)

    def __post_init__(self) -> None:
        self._store = SingleAlarm(self.alarm)
        self._evaluator = Evaluator(self._store, [self.overrides], lambda: AT)

    def minute(self, samples: Samples) -> AlarmState:
        """Return the alarm's state after a minute with these samples."""
        self.overrides.set(self.alarm.metric, *samples)
        self._evaluator.tick()
        return self._store.alarm.state

    def until(self, state: AlarmState, samples: Samples) -> bool:
        """Whether the alarm reaches a state when every minute has these samples."""
        self.overrides.set(self.alarm.metric, *samples)
        for _ in range(self.alarm.period * self.alarm.evaluation_range + 1):
            self._evaluator.tick()
            if self._store.alarm.state is state:
                return True
        return False


@pytest.fixture(scope="module")
def alarms(local: Deployment) -> Mapping[str, MetricAlarm]:
    """Return the alarms of stage `local`, where plain alarms replace those with metric math."""
    found = [alarm.properties for alarm in local.resources("AWS::CloudWatch::Alarm")]
    return {
        properties["AlarmName"]: MetricAlarm.from_api(
            {
                **properties,
                "Dimensions": [
                    {
                        "Name": each["Name"],
                        "Value": each["Value"] if isinstance(each["Value"], str) else json.dumps(each),
                    }
                    for each in properties.get("Dimensions", [])
                ],
            }
        )
        for properties in found
    }


def healthy(alarm: MetricAlarm) -> Samples:
    """Return the samples of a minute in which the system is healthy."""
    return (1.0,) if _is_about_missing_data(alarm) else (0.0,) * minimum_samples(alarm.statistic)


def unhealthy(alarm: MetricAlarm) -> Samples:
    """Return the samples of a minute with the alarm's condition."""
    if _is_about_missing_data(alarm):
        return ()
    if alarm.metric.name in ONES:
        return (1.0,) * ceil(alarm.threshold)
    return (alarm.threshold + 1,) * minimum_samples(alarm.statistic)


def _is_about_missing_data(alarm: MetricAlarm) -> bool:
    return alarm.comparison in {Comparison.UNDER, Comparison.UNDER_OR_AT}


def failing(alarms: Mapping[str, MetricAlarm], condition: Callable[[MetricAlarm], bool]) -> list[str]:
    """Return the names of alarms that do not meet a condition."""
    return [name for name, alarm in alarms.items() if not condition(alarm)]


def test_every_alarm_can_go_off(alarms: Mapping[str, MetricAlarm]) -> None:
    def goes_off(alarm: MetricAlarm) -> bool:
        return Drive(alarm).until(AlarmState.ALARM, unhealthy(alarm))

    assert failing(alarms, goes_off) == []


def test_every_alarm_is_quiet_when_healthy_and_recovers(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    def recovers(alarm: MetricAlarm) -> bool:
        drive = Drive(alarm)
        steps = ((AlarmState.OK, healthy(alarm)), (AlarmState.ALARM, unhealthy(alarm)), (AlarmState.OK, healthy(alarm)))
        return not Drive(alarm).until(AlarmState.ALARM, healthy(alarm)) and all(drive.until(*step) for step in steps)

    assert failing(alarms, recovers) == []


def test_reading_dead_letters_does_not_end_their_alarm(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    holding = [DEAD_LETTERS, REFUSED, UNROUTED, UNDELIVERABLE, DEAD_SCHEDULES]
    drilled = alarm_name("local", SYSTEM_HEARTBEAT.name, DEAD_LETTERS.slug)
    on_dead_letters = {
        name: alarm
        for name, alarm in alarms.items()
        if name.endswith(tuple(f"/{s.slug}" for s in holding)) and name != drilled
    }

    def stays_on(alarm: MetricAlarm) -> bool:
        drive = Drive(alarm)
        states = [drive.minute((count,)) for count in (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)]
        return set(states) == {AlarmState.ALARM} and drive.minute((0.0,)) is AlarmState.OK

    assert len(on_dead_letters) >= len(CATALOGUE)
    assert failing(on_dead_letters, stays_on) == []


def test_the_dead_letter_of_a_drill_raises_no_alarm(alarms: Mapping[str, MetricAlarm]) -> None:
    """The dead letter is in its queue for seconds, so that at most one minute's datapoint counts it."""
    drive = Drive(alarms[alarm_name("local", SYSTEM_HEARTBEAT.name, DEAD_LETTERS.slug)])

    states = [drive.minute((count,)) for count in (0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0)]

    assert states == [*[AlarmState.INSUFFICIENT_DATA] * 2, *[AlarmState.OK] * 4, AlarmState.ALARM]


def test_only_heartbeat_and_notifier_alarms_go_off_without_samples(alarms: Mapping[str, MetricAlarm]) -> None:
    silent = {name for name, alarm in alarms.items() if Drive(alarm).until(AlarmState.ALARM, ())}

    assert silent == {
        alarm_name("local", SYSTEM, HEARTBEAT.slug),
        alarm_name("local", SLACK_NOTIFIER, NOTIFIER_SILENT.slug),
    }


def test_every_alarms_metric_has_a_source(alarms: Mapping[str, MetricAlarm]) -> None:
    sources = metric_sources(NOWHERE)

    assert failing(alarms, lambda alarm: any(source.measures(alarm.metric) for source in sources)) == []


def test_function_metrics_have_the_subject_as_only_dimension(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    function_alarms = {name: alarm for name, alarm in alarms.items() if not alarm.metric.namespace.startswith("AWS/")}
    subjects = {each.name for each in CATALOGUE} | {QUEUE_PROCESSOR}

    assert function_alarms
    for name, alarm in function_alarms.items():
        ((dimension, service),) = alarm.metric.dimensions
        assert (dimension, service in subjects) == ("service", True), name


def test_every_alarms_name_has_a_known_subject(alarms: Mapping[str, MetricAlarm]) -> None:
    subjects = {each.name for each in CATALOGUE} | {QUEUE_PROCESSOR, SLACK_NOTIFIER, DEAD_LETTER_KEEPER, SYSTEM}

    assert {(alarm_parts(name) or ("", ""))[0] for name in alarms} == subjects
    assert not any(name.endswith(f"/{UNHEALTHY.slug}") for name in alarms), "the composite is not emulated"
