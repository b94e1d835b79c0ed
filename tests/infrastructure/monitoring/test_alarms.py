"""Which alarms there are: for each type, for the ingress, for the system, and for who tells people."""

from typing import Any

import pytest

from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.names import QUEUE_PROCESSOR, SLACK_NOTIFIER, SYSTEM, MessagingOutput
from schemas.system import SYSTEM_HEARTBEAT
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarming import (
    about,
    alarms,
    dead_letter_queue_of,
    dimensions,
    queue_of,
    subjects,
    timing,
)

each_subject = pytest.mark.parametrize("subject", subjects())

OF_ALL = {signals.OLDEST, signals.DEPTH, signals.FAILING, signals.ERRORS}
OF_THE_SYSTEM = {
    signals.UNROUTED,
    signals.UNDELIVERABLE,
    signals.DEAD_SCHEDULES,
    signals.THROTTLES,
    signals.HEARTBEAT,
}
OF_THE_NOTIFIER = {signals.NOTIFIER_FAILS, signals.NOTIFIER_SILENT, signals.ALERTS_NOT_POSTED}

AT_LEAST = "GreaterThanOrEqualToThreshold"
BELOW = "LessThanThreshold"


def dead_signal(subject: str) -> signals.Signal:
    return signals.REFUSED if subject == QUEUE_PROCESSOR else signals.DEAD_LETTERS


def test_every_type_and_the_ingress_have_all_their_alarms_and_there_are_no_others(deployment: Deployment) -> None:
    expected = {(SYSTEM, signal.slug) for signal in OF_THE_SYSTEM}
    expected |= {(SLACK_NOTIFIER, signal.slug) for signal in OF_THE_NOTIFIER}
    for subject, event_type in subjects().items():
        expected |= {(subject, signal.slug) for signal in {*OF_ALL, dead_signal(subject)}}
        if event_type and event_type.objective:
            expected.add((subject, signals.LATE.slug))

    assert alarms(deployment).keys() == expected


def test_every_signal_has_an_alarm(prod: Deployment) -> None:
    told = {slug for _, slug in alarms(prod)} | {signals.UNHEALTHY.slug}

    assert told == set(signals.BY_SLUG)


def test_every_queue_where_letters_come_to_rest_has_one_alarm_that_says_so(deployment: Deployment) -> None:
    resting = [dead_letter_queue_of(deployment, subject) for subject in subjects()]
    resting += [
        deployment.output(deployment.messaging, key)
        for key in (
            MessagingOutput.UNROUTED_QUEUE_URL,
            MessagingOutput.UNDELIVERABLE_QUEUE_URL,
            MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL,
        )
    ]

    watched = [
        about(deployment, alarm, "QueueName")
        for (_, slug), alarm in alarms(deployment).items()
        if alarm.properties.get("MetricName") == "ApproximateNumberOfMessagesVisible" and slug != signals.DEPTH.slug
    ]

    assert sorted(map(repr, watched)) == sorted(map(repr, resting))


@each_subject
def test_the_first_dead_letter_is_told_of_at_once_and_that_none_is_left_after_three_minutes(
    deployment: Deployment, subject: str
) -> None:
    alarm = alarms(deployment)[subject, dead_signal(subject).slug]

    assert about(deployment, alarm, "QueueName") == dead_letter_queue_of(deployment, subject)
    assert_watches(alarm, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", AT_LEAST, 1)
    assert timing(alarm) == (60, 1, 3)


@each_subject
def test_a_queue_whose_oldest_message_waits_too_long_is_told_of_after_three_minutes(
    deployment: Deployment, subject: str
) -> None:
    alarm = alarms(deployment)[subject, signals.OLDEST.slug]

    assert about(deployment, alarm, "QueueName") == queue_of(deployment, subject)
    threshold = own_or(subject, "oldest", deployment.stage.alarm_oldest)
    assert_watches(alarm, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", AT_LEAST, threshold)
    assert timing(alarm) == (60, 3, 3)


@each_subject
def test_a_queue_that_overflows_is_told_of_after_three_minutes(deployment: Deployment, subject: str) -> None:
    alarm = alarms(deployment)[subject, signals.DEPTH.slug]

    assert about(deployment, alarm, "QueueName") == queue_of(deployment, subject)
    threshold = own_or(subject, "depth", deployment.stage.alarm_depth)
    assert_watches(alarm, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", AT_LEAST, threshold)
    assert timing(alarm) == (60, 3, 3)


@each_subject
def test_a_function_that_dies_is_told_of(deployment: Deployment, subject: str) -> None:
    alarm = alarms(deployment)[subject, signals.ERRORS.slug]

    function = deployment.function_of(queue_of(deployment, subject))
    assert about(deployment, alarm, "FunctionName") == function
    assert_watches(alarm, "AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (300, 1, 1)


@pytest.mark.parametrize("event_type", [each for each in CATALOGUE if each.objective], ids=lambda each: each.name)
def test_a_type_that_is_promised_by_a_time_is_told_of_where_95_of_100_are_not(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    alarm = alarms(deployment)[event_type.name, signals.LATE.slug].properties

    assert event_type.objective is not None
    assert dimensions(alarm) == {"service": event_type.name}
    assert (alarm["Namespace"], alarm["MetricName"], alarm["ExtendedStatistic"]) == ("TalyAsync", "Latency", "p95")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Threshold"] == event_type.objective.total_seconds() * 1000
    assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (300, 2, 3)
    assert alarm["EvaluateLowSampleCountPercentile"] == "evaluate"


def test_throttles_are_told_of_where_they_go_on_for_five_minutes(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SYSTEM, signals.THROTTLES.slug]

    assert dimensions(alarm.properties) == {}
    assert_watches(alarm, "AWS/Lambda", "Throttles", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (60, 5, 5)


def test_five_minutes_without_a_heartbeat_are_told_of(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SYSTEM, signals.HEARTBEAT.slug]

    assert dimensions(alarm.properties) == {"service": SYSTEM_HEARTBEAT.name}
    assert_watches(alarm, "TalyAsync", "Latency", "SampleCount", BELOW, 1)
    assert timing(alarm) == (60, 5, 5)


def test_a_notifier_that_fails_is_told_of(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SLACK_NOTIFIER, signals.NOTIFIER_FAILS.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.notifier
    assert_watches(alarm, "AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (300, 1, 1)


def test_a_notifier_that_is_not_started_for_five_minutes_is_told_of(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SLACK_NOTIFIER, signals.NOTIFIER_SILENT.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.notifier
    assert_watches(alarm, "AWS/Lambda", "Invocations", "Sum", BELOW, 1)
    assert timing(alarm) == (60, 5, 5)


@pytest.mark.parametrize("slug", [signal.slug for signal in signals.SIGNALS if signal != signals.UNHEALTHY])
def test_silence_means_what_it_means_to_that_signal(deployment: Deployment, slug: str) -> None:
    """SQS falls silent while letters still lie there; where nothing runs, nothing fails; a heartbeat must be heard."""
    expected = {
        "dead-letters": "ignore",
        "refused": "ignore",
        "unrouted": "ignore",
        "undeliverable": "ignore",
        "dead-schedules": "ignore",
        "heartbeat": "breaching",
        "notifier-silent": "breaching",
    }

    treated = {alarm.properties["TreatMissingData"] for (_, each), alarm in alarms(deployment).items() if each == slug}

    assert treated == {expected.get(slug, "notBreaching")}


def own_or(subject: str, threshold: str, of_stage: float) -> float:
    event_type = subjects()[subject]
    own: float | None = getattr(event_type.thresholds, threshold) if event_type else None
    return of_stage if own is None else own


def assert_watches(  # noqa: PLR0913, PLR0917 an alarm's six parts
    alarm: Resource, namespace: str, metric: str, statistic: str, comparison: str, threshold: float
) -> None:
    properties = alarm.properties
    watched = (properties["Namespace"], properties["MetricName"], properties["Statistic"])
    assert watched == (namespace, metric, statistic)
    assert (properties["ComparisonOperator"], properties["Threshold"]) == (comparison, threshold)
