"""No alarm of the set is one that cannot go off: each is driven to ALARM, by samples as its metric really has them."""

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
from schemas.names import FAILURE, QUEUE_PROCESSOR, SLACK_NOTIFIER, SYSTEM, alarm_name, alarm_parts
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
from tests.infrastructure.deployment import Deployment

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
NOWHERE = Endpoint("http://127.0.0.1:9")
"""Nothing is asked of it."""

ONES = {FAILURE, ERRORS, INVOCATIONS, THROTTLES}
"""Metrics whose samples are 1 or 0 each."""

Samples = tuple[float, ...]


@dataclass
class Kept:
    """One alarm, wherever it is kept."""

    alarm: MetricAlarm

    def list_alarms(self) -> Sequence[MetricAlarm]:
        return [self.alarm]

    def set_state(self, alarm: MetricAlarm, conclusion: Conclusion) -> None:
        self.alarm = replace(alarm, state=conclusion.state)


@dataclass
class Drive:
    """An alarm's minutes, with samples that are made up."""

    alarm: MetricAlarm
    overrides: MetricOverrides = field(default_factory=MetricOverrides)

    def __post_init__(self) -> None:
        self._kept = Kept(self.alarm)
        self._evaluator = Evaluator(self._kept, [self.overrides], lambda: AT)

    def minute(self, samples: Samples) -> AlarmState:
        """Its state after a minute with these samples."""
        self.overrides.set(self.alarm.metric, *samples)
        self._evaluator.tick()
        return self._kept.alarm.state

    def until(self, state: AlarmState, samples: Samples) -> bool:
        """Whether it comes to say so when each minute has these samples."""
        self.overrides.set(self.alarm.metric, *samples)
        for _ in range(self.alarm.period * self.alarm.evaluation_range + 1):
            self._evaluator.tick()
            if self._kept.alarm.state is state:
                return True
        return False


@pytest.fixture(scope="module")
def alarms(local: Deployment) -> Mapping[str, MetricAlarm]:
    """Of stage `local`, where those with metric math are plain ones."""
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
    """A minute of a system that is well."""
    return (1.0,) if _is_about_silence(alarm) else (0.0,) * minimum_samples(alarm.statistic)


def ill(alarm: MetricAlarm) -> Samples:
    """A minute of what it is there for."""
    if _is_about_silence(alarm):
        return ()
    if alarm.metric.name in ONES:
        return (1.0,) * ceil(alarm.threshold)
    return (alarm.threshold + 1,) * minimum_samples(alarm.statistic)


def _is_about_silence(alarm: MetricAlarm) -> bool:
    return alarm.comparison in {Comparison.UNDER, Comparison.UNDER_OR_AT}


def failing(alarms: Mapping[str, MetricAlarm], comes: Callable[[MetricAlarm], bool]) -> list[str]:
    """The names of those that do not come to it."""
    return [name for name, alarm in alarms.items() if not comes(alarm)]


def test_each_goes_off(alarms: Mapping[str, MetricAlarm]) -> None:
    def goes_off(alarm: MetricAlarm) -> bool:
        return Drive(alarm).until(AlarmState.ALARM, ill(alarm))

    assert failing(alarms, goes_off) == []


def test_each_is_quiet_while_the_system_is_well_and_so_again_when_it_is_well_again(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    def recovers(alarm: MetricAlarm) -> bool:
        drive = Drive(alarm)
        steps = ((AlarmState.OK, healthy(alarm)), (AlarmState.ALARM, ill(alarm)), (AlarmState.OK, healthy(alarm)))
        return not Drive(alarm).until(AlarmState.ALARM, healthy(alarm)) and all(drive.until(*step) for step in steps)

    assert failing(alarms, recovers) == []


def test_who_looks_at_letters_and_so_hides_them_for_a_moment_makes_no_alarm_recover(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    resting = [DEAD_LETTERS, REFUSED, UNROUTED, UNDELIVERABLE, DEAD_SCHEDULES]
    about_letters = {
        name: alarm for name, alarm in alarms.items() if name.endswith(tuple(f"/{s.slug}" for s in resting))
    }

    def stays_on(alarm: MetricAlarm) -> bool:
        drive = Drive(alarm)
        seen = [drive.minute((count,)) for count in (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)]
        return set(seen) == {AlarmState.ALARM} and drive.minute((0.0,)) is AlarmState.OK

    assert len(about_letters) > len(CATALOGUE)
    assert failing(about_letters, stays_on) == []


def test_those_about_silence_go_off_without_a_single_sample_and_no_others(alarms: Mapping[str, MetricAlarm]) -> None:
    silent = {name for name, alarm in alarms.items() if Drive(alarm).until(AlarmState.ALARM, ())}

    assert silent == {
        alarm_name("local", SYSTEM, HEARTBEAT.slug),
        alarm_name("local", SLACK_NOTIFIER, NOTIFIER_SILENT.slug),
    }


def test_what_each_looks_at_is_really_measured(alarms: Mapping[str, MetricAlarm]) -> None:
    sources = metric_sources(NOWHERE)

    assert failing(alarms, lambda alarm: any(source.measures(alarm.metric) for source in sources)) == []


def test_what_functions_write_themselves_has_the_alarms_subject_as_its_one_dimension(
    alarms: Mapping[str, MetricAlarm],
) -> None:
    own = {name: alarm for name, alarm in alarms.items() if not alarm.metric.namespace.startswith("AWS/")}
    subjects = {each.name for each in CATALOGUE} | {QUEUE_PROCESSOR}

    assert own
    for name, alarm in own.items():
        ((dimension, service),) = alarm.metric.dimensions
        assert (dimension, service in subjects) == ("service", True), name


def test_each_name_says_what_it_is_about(alarms: Mapping[str, MetricAlarm]) -> None:
    subjects = {each.name for each in CATALOGUE} | {QUEUE_PROCESSOR, SLACK_NOTIFIER, SYSTEM}

    assert {(alarm_parts(name) or ("", ""))[0] for name in alarms} == subjects
    assert not any(name.endswith(f"/{UNHEALTHY.slug}") for name in alarms), "the composite is not emulated"
