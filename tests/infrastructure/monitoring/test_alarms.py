"""The set of alarms, with metric, threshold and timing of each."""

from typing import Any

import pytest

from schemas import signals
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.event_type import EventType, Needs
from schemas.names import ACCOUNT, DEAD_LETTER_KEEPER, QUEUE_PROCESSOR, SLACK_NOTIFIER, SYSTEM, metric_namespace
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms.definitions import account_alarms
from stacks.stage import Stage
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import (
    about,
    alarms,
    dead_letter_queue_of,
    dimensions,
    queue_of,
    subjects,
    timing,
)
from tests.infrastructure.synthesis import CONTEXT

each_subject = pytest.mark.parametrize("subject", subjects())

FUNCTION_SIGNALS = {signals.OLDEST, signals.DEPTH, signals.FAILING, signals.ERRORS}
SYSTEM_SIGNALS = {
    signals.UNROUTED,
    signals.UNDELIVERABLE,
    signals.DEAD_SCHEDULES,
    signals.THROTTLES,
    signals.HEARTBEAT,
}
ACCOUNT_SIGNALS = {signals.TEXT_BUDGET, signals.UNDELIVERED_TEXTS, signals.BOUNCES, signals.COMPLAINTS}
NOTIFIER_SIGNALS = {signals.NOTIFIER_FAILS, signals.NOTIFIER_SILENT, signals.ALERT_NOT_PUBLISHED}

AT_LEAST = "GreaterThanOrEqualToThreshold"
BELOW = "LessThanThreshold"


def dead_letter_signal(subject: str) -> signals.Signal:
    return signals.REFUSED if subject == QUEUE_PROCESSOR else signals.dead_letter_signal(BY_NAME[subject])


def test_the_set_of_alarms_is_complete(deployment: Deployment) -> None:
    expected = {(SYSTEM, signal.slug) for signal in SYSTEM_SIGNALS}
    expected |= {(SLACK_NOTIFIER, signal.slug) for signal in NOTIFIER_SIGNALS}
    expected.add((DEAD_LETTER_KEEPER, signals.KEEPER_FAILS.slug))
    if not deployment.stage.emulated:
        expected.add((DEAD_LETTER_KEEPER, signals.KEEPER_SILENT.slug))
        expected |= {(ACCOUNT, signal.slug) for signal in ACCOUNT_SIGNALS}
    for subject, event_type in subjects().items():
        expected |= {(subject, signal.slug) for signal in {*FUNCTION_SIGNALS, dead_letter_signal(subject)}}
        if event_type and Needs.CRM in event_type.needs:
            expected.add((subject, signals.SKIPPING.slug))
        if event_type and event_type.objective:
            expected.add((subject, signals.LATE.slug))

    assert alarms(deployment).keys() == expected


def test_every_signal_has_an_alarm(prod: Deployment) -> None:
    slugs = {slug for _, slug in alarms(prod)} | {signals.UNHEALTHY.slug}

    assert slugs == set(signals.BY_SLUG)


def test_every_holding_queue_has_one_alarm_on_visible_messages(deployment: Deployment) -> None:
    holding = [dead_letter_queue_of(deployment, subject) for subject in subjects()]
    holding += [
        deployment.holding_queue(signal) for signal in (signals.UNROUTED, signals.UNDELIVERABLE, signals.DEAD_SCHEDULES)
    ]

    monitored = [
        about(deployment, alarm, "QueueName")
        for (_, slug), alarm in alarms(deployment).items()
        if alarm.properties.get("MetricName") == "ApproximateNumberOfMessagesVisible" and slug != signals.DEPTH.slug
    ]

    assert sorted(map(repr, monitored)) == sorted(map(repr, holding))


@each_subject
def test_one_dead_letter_raises_the_alarm(deployment: Deployment, subject: str) -> None:
    """At once, but in two minutes for a heartbeat's: a drill's is deleted within seconds, and is no alarm."""
    alarm = alarms(deployment)[subject, dead_letter_signal(subject).slug]

    assert about(deployment, alarm, "QueueName") == dead_letter_queue_of(deployment, subject)
    assert_alarm(alarm, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", AT_LEAST, 1)
    assert timing(alarm) == (60, 2 if subject == SYSTEM_HEARTBEAT.name else 1, 3)


@each_subject
def test_an_old_message_raises_the_alarm_after_three_minutes(deployment: Deployment, subject: str) -> None:
    alarm = alarms(deployment)[subject, signals.OLDEST.slug]

    assert about(deployment, alarm, "QueueName") == queue_of(deployment, subject)
    threshold = threshold_of(subject, "oldest", deployment.stage.alarm_oldest)
    assert_alarm(alarm, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", AT_LEAST, threshold)
    assert timing(alarm) == (60, 3, 3)


@each_subject
def test_a_deep_queue_raises_the_alarm_after_three_minutes(deployment: Deployment, subject: str) -> None:
    alarm = alarms(deployment)[subject, signals.DEPTH.slug]

    assert about(deployment, alarm, "QueueName") == queue_of(deployment, subject)
    threshold = threshold_of(subject, "depth", deployment.stage.alarm_depth)
    assert_alarm(alarm, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", AT_LEAST, threshold)
    assert timing(alarm) == (60, 3, 3)


@each_subject
def test_one_function_error_raises_the_alarm(deployment: Deployment, subject: str) -> None:
    """Where it pages, errors in two periods of three: a message that crashes once and then succeeds wakes nobody."""
    alarm = alarms(deployment)[subject, signals.ERRORS.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.function_of(queue_of(deployment, subject))
    assert_alarm(alarm, "AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
    pages = dead_letter_signal(subject) is signals.UNDELIVERED_WEBHOOKS
    assert timing(alarm) == ((300, 2, 3) if pages else (300, 1, 1))


@pytest.mark.parametrize("event_type", [each for each in CATALOGUE if each.objective], ids=lambda each: each.name)
def test_a_p95_latency_over_the_objective_raises_the_alarm(deployment: Deployment, event_type: EventType[Any]) -> None:
    alarm = alarms(deployment)[event_type.name, signals.LATE.slug].properties

    assert event_type.objective is not None
    assert dimensions(alarm) == {"service": event_type.name}
    assert (alarm["MetricName"], alarm["ExtendedStatistic"]) == ("Latency", "p95")
    assert alarm["Namespace"] == metric_namespace(deployment.stage.name)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Threshold"] == event_type.objective.total_seconds() * 1000
    assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (300, 2, 3)
    assert alarm["EvaluateLowSampleCountPercentile"] == "evaluate"


def test_five_minutes_of_throttles_raise_the_alarm(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SYSTEM, signals.THROTTLES.slug]

    assert dimensions(alarm.properties) == {}
    assert_alarm(alarm, "AWS/Lambda", "Throttles", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (60, 5, 5)


def test_five_minutes_without_a_heartbeat_raise_the_alarm(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SYSTEM, signals.HEARTBEAT.slug]

    assert dimensions(alarm.properties) == {"service": SYSTEM_HEARTBEAT.name}
    assert_alarm(alarm, metric_namespace(deployment.stage.name), "Latency", "SampleCount", BELOW, 1)
    assert timing(alarm) == (60, 5, 5)


def test_one_error_of_the_notifier_raises_the_alarm(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SLACK_NOTIFIER, signals.NOTIFIER_FAILS.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.notifier
    assert_alarm(alarm, "AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (300, 1, 1)


def test_five_minutes_without_a_start_of_the_notifier_raise_the_alarm(deployment: Deployment) -> None:
    alarm = alarms(deployment)[SLACK_NOTIFIER, signals.NOTIFIER_SILENT.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.notifier
    assert_alarm(alarm, "AWS/Lambda", "Invocations", "Sum", BELOW, 1)
    assert timing(alarm) == (60, 5, 5)


def test_one_error_of_the_keeper_raises_the_alarm(deployment: Deployment) -> None:
    alarm = alarms(deployment)[DEAD_LETTER_KEEPER, signals.KEEPER_FAILS.slug]

    assert about(deployment, alarm, "FunctionName") == deployment.keeper
    assert_alarm(alarm, "AWS/Lambda", "Errors", "Sum", AT_LEAST, 1)
    assert timing(alarm) == (300, 1, 1)


def test_two_days_without_a_start_of_the_keeper_raise_the_alarm(prod: Deployment) -> None:
    alarm = alarms(prod)[DEAD_LETTER_KEEPER, signals.KEEPER_SILENT.slug]

    assert about(prod, alarm, "FunctionName") == prod.keeper
    assert_alarm(alarm, "AWS/Lambda", "Invocations", "Sum", BELOW, 1)
    assert timing(alarm) == (86_400, 2, 2)


@pytest.mark.parametrize("slug", [signal.slug for signal in signals.SIGNALS if signal != signals.UNHEALTHY])
def test_missing_data_is_treated_as_the_signal_requires(prod: Deployment, slug: str) -> None:
    """SQS may send none while messages are in a queue, SES and SNS send none while nothing is sent; heartbeats are due.

    None is treated as `missing`: the notifier relies on it that no alarm returns to `INSUFFICIENT_DATA`.
    """
    expected = {
        "dead-letters": "ignore",
        "undelivered-webhooks": "ignore",
        "refused": "ignore",
        "unrouted": "ignore",
        "undeliverable": "ignore",
        "dead-schedules": "ignore",
        "text-budget": "ignore",
        "bounces": "ignore",
        "complaints": "ignore",
        "heartbeat": "breaching",
        "notifier-silent": "breaching",
        "keeper-silent": "breaching",
    }

    treated = {alarm.properties["TreatMissingData"] for (_, each), alarm in alarms(prod).items() if each == slug}

    assert treated == {expected.get(slug, "notBreaching")}


def test_alarms_on_missing_data_wait_for_the_first_data(prod: Deployment) -> None:
    """Without a warm-up they go off as soon as a stage is deployed; after it they go off if there still are no data."""
    waiting = {
        key: alarm.properties["WarmUpConfiguration"]
        for key, alarm in alarms(prod).items()
        if "WarmUpConfiguration" in alarm.properties
    }

    assert waiting == {
        (SYSTEM, signals.HEARTBEAT.slug): {"WarmUpPeriodDurationInMinutes": 10},
        (SLACK_NOTIFIER, signals.NOTIFIER_SILENT.slug): {"WarmUpPeriodDurationInMinutes": 10},
        (DEAD_LETTER_KEEPER, signals.KEEPER_SILENT.slug): {"WarmUpPeriodDurationInMinutes": 2_880},
    }


@pytest.mark.parametrize(("budget", "threshold"), [(None, 0.8), ("250", 200.0), ("1.99", 1.59)])
def test_texts_raise_the_alarm_at_four_fifths_of_their_budget(budget: str | None, threshold: float) -> None:
    settings = {} if budget is None else {"text_budget": budget}
    stage = Stage.from_context({**CONTEXT, "stage": "prod", **settings})

    (spending, *_) = account_alarms(stage.text_budget)

    assert (spending.signal, spending.threshold) == (signals.TEXT_BUDGET, threshold)


def test_spending_on_texts_is_a_metric_of_the_account(prod: Deployment) -> None:
    alarm = alarms(prod)[ACCOUNT, signals.TEXT_BUDGET.slug]

    assert dimensions(alarm.properties) == {}
    assert_alarm(alarm, "AWS/SNS", "SMSMonthToDateSpentUSD", "Maximum", AT_LEAST, 0.8)


def test_two_bad_hours_of_three_raise_the_alarm_on_texts(prod: Deployment) -> None:
    """SNS has the metric by country: a query is over all. It may look back three hours, and reads one series alone."""
    properties = alarms(prod)[ACCOUNT, signals.UNDELIVERED_TEXTS.slug].properties

    (query,) = properties["Metrics"]
    assert query["Expression"] == 'SELECT AVG(SMSSuccessRate) FROM SCHEMA("AWS/SNS", Country, SMSType)'
    assert (query["Period"], properties["DatapointsToAlarm"], properties["EvaluationPeriods"]) == (3600, 2, 3)
    assert (properties["ComparisonOperator"], properties["Threshold"]) == (BELOW, 0.8)


@pytest.mark.parametrize(
    ("signal", "metric", "threshold"),
    [(signals.BOUNCES, "Reputation.BounceRate", 0.05), (signals.COMPLAINTS, "Reputation.ComplaintRate", 0.001)],
    ids=["bounces", "complaints"],
)
def test_the_rates_at_which_ses_reviews_an_account_raise_alarms(
    prod: Deployment, signal: signals.Signal, metric: str, threshold: float
) -> None:
    alarm = alarms(prod)[ACCOUNT, signal.slug]

    assert dimensions(alarm.properties) == {}
    assert_alarm(alarm, "AWS/SES", metric, "Maximum", AT_LEAST, threshold)


def threshold_of(subject: str, threshold: str, of_stage: float) -> float:
    """Return the type's own threshold, or the stage's."""
    event_type = subjects()[subject]
    own: float | None = getattr(event_type.thresholds, threshold) if event_type else None
    return of_stage if own is None else own


def assert_alarm(  # noqa: PLR0913, PLR0917 an alarm has six parts
    alarm: Resource, namespace: str, metric: str, statistic: str, comparison: str, threshold: float
) -> None:
    properties = alarm.properties
    metric_parts = (properties["Namespace"], properties["MetricName"], properties["Statistic"])
    assert metric_parts == (namespace, metric, statistic)
    assert (properties["ComparisonOperator"], properties["Threshold"]) == (comparison, threshold)
