"""Alarms with metric math: when they breach, and their replacements on the emulator."""

from math import ceil

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.event_type import Needs
from schemas.names import ACCOUNT, SLACK_NOTIFIER, alarm_name
from schemas.system import SYSTEM_HEARTBEAT
from stacks.emulator.omissions import METRIC_MATH_REPLACEMENTS, ReplaceMetricMath
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import QUEUE, Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import about, alarms, alerts_queue, dimensions, subjects, timing
from tests.infrastructure.monitoring.metric_math import breaches
from tests.infrastructure.monitoring.test_alarms import assert_alarm, threshold_of

each_subject = pytest.mark.parametrize("subject", subjects())

AT_LEAST = "GreaterThanOrEqualToThreshold"


@pytest.fixture(params=["dev", "staging", "prod"])
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def failing(deployment: Deployment, subject: str) -> Resource:
    return alarms(deployment)[subject, signals.FAILING.slug]


def undeleted_alerts(deployment: Deployment) -> Resource:
    return alarms(deployment)[SLACK_NOTIFIER, signals.ALERT_NOT_PUBLISHED.slug]


@each_subject
def test_fewer_attempts_than_the_minimum_do_not_breach(deployed: Deployment, subject: str) -> None:
    few = threshold_of(subject, "minimum_attempts", deployed.stage.alarm_minimum_attempts) - 1

    assert not breaches(failing(deployed, subject), {"attempts": few, "failures": few})


def test_the_heartbeat_reaches_its_minimum_of_attempts(deployed: Deployment) -> None:
    alarm = failing(deployed, SYSTEM_HEARTBEAT.name)

    assert breaches(alarm, {"attempts": 5, "failures": 5})
    assert not breaches(alarm, {"attempts": 5, "failures": 2})  # each is a drill


@each_subject
def test_twenty_attempts_breach_once_the_share_of_them_failed(deployed: Deployment, subject: str) -> None:
    share = threshold_of(subject, "failing", deployed.stage.alarm_failing)
    alarm = failing(deployed, subject)

    assert breaches(alarm, {"attempts": 20, "failures": ceil(20 * share)})
    assert not breaches(alarm, {"attempts": 20, "failures": ceil(20 * share) - 1})
    assert not breaches(alarm, {"attempts": 2_000, "failures": ceil(20 * share)})


@each_subject
def test_the_share_uses_one_metric_over_five_minutes(deployed: Deployment, subject: str) -> None:
    queries = {each["Id"]: each["MetricStat"] for each in failing(deployed, subject).properties["Metrics"][1:]}

    metrics = {
        name: (query["Metric"]["Namespace"], query["Metric"]["MetricName"], dimensions(query["Metric"]))
        for name, query in queries.items()
    }
    assert metrics == dict.fromkeys(
        ("attempts", "failures"), ("TalyAsync/" + deployed.stage.name, "Failure", {"service": subject})
    )
    assert {name: query["Stat"] for name, query in queries.items()} == {"attempts": "SampleCount", "failures": "Sum"}
    assert {query["Period"] for query in queries.values()} == {300}


CAN_SKIP = [event_type.name for event_type in CATALOGUE if Needs.CRM in event_type.needs]


@pytest.mark.parametrize("subject", CAN_SKIP)
def test_the_share_of_skips_needs_one_metric_alone(deployed: Deployment, subject: str) -> None:
    """Where all messages are skipped there are no attempts, and a share of two metrics would have no data."""
    queries = alarms(deployed)[subject, signals.SKIPPING.slug].properties["Metrics"][1:]
    metrics = {each["Id"]: (each["MetricStat"]["Metric"]["MetricName"], each["MetricStat"]["Stat"]) for each in queries}

    assert metrics == {"messages": ("Skipped", "SampleCount"), "skips": ("Skipped", "Sum")}


@pytest.mark.parametrize(
    ("samples", "is_breaching"),
    [
        ({"skips": 10, "messages": 20}, True),
        ({"skips": 9, "messages": 20}, False),
        ({"skips": 10, "messages": 19}, False),
        ({"skips": 20, "messages": 20}, True),
        ({"skips": 19, "messages": 19}, False),
        ({"skips": 999, "messages": 2_000}, False),
    ],
)
@pytest.mark.parametrize("subject", CAN_SKIP)
def test_half_of_twenty_messages_skipped_breaches(
    deployed: Deployment, subject: str, samples: dict[str, float], *, is_breaching: bool
) -> None:
    assert breaches(alarms(deployed)[subject, signals.SKIPPING.slug], samples) is is_breaching


@pytest.mark.parametrize("subject", CAN_SKIP)
def test_the_emulator_alarms_on_ten_skips(local: Deployment, subject: str) -> None:
    alarm = alarms(local)[subject, signals.SKIPPING.slug]

    assert dimensions(alarm.properties) == {"service": subject}
    assert_alarm(alarm, "TalyAsync/local", "Skipped", "Sum", AT_LEAST, 10)
    assert timing(alarm) == (300, 1, 1)


@pytest.mark.parametrize(
    ("received", "deleted", "is_breaching"),
    [(0, 0, False), (7, 7, False), (7, 1, False), (1, 0, True), (50, 0, True)],
)
def test_alerts_received_but_never_deleted_breach(
    prod: Deployment, received: int, deleted: int, is_breaching: bool
) -> None:
    """The age of the oldest message does not show this: SQS drops a message from it after three receives (SQS Developer
    Guide, "Available CloudWatch metrics for Amazon SQS"), and the notifier receives every minute.
    """
    assert breaches(undeleted_alerts(prod), {"received": received, "deleted": deleted}) is is_breaching


def test_alerts_without_any_datapoint_of_deletions_breach(prod: Deployment) -> None:
    """SQS may give no datapoint where nothing is deleted, and that is when Slack is down."""
    assert breaches(undeleted_alerts(prod), {"received": 3})
    assert not breaches(undeleted_alerts(prod), {"deleted": 3})
    assert not breaches(undeleted_alerts(prod), {})


def test_undeleted_alerts_are_evaluated_over_two_periods(prod: Deployment) -> None:
    properties = undeleted_alerts(prod).properties
    queries = [each["MetricStat"] for each in properties["Metrics"][1:]]

    assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (2, 2)
    assert [query["Period"] for query in queries] == [300, 300]
    names = [dimensions(query["Metric"])["QueueName"] for query in queries]
    assert [prod.follow(prod.monitoring, name, QUEUE) for name in names] == [alerts_queue(prod)] * 2


def test_the_emulated_stage_has_no_alarm_with_metric_math(local: Deployment) -> None:
    assert [alarm for alarm in alarms(local).values() if "Metrics" in alarm.properties] == []


@each_subject
def test_the_emulator_alarms_on_the_share_of_the_minimum_attempts(local: Deployment, subject: str) -> None:
    alarm = failing(local, subject)

    minimum_attempts = threshold_of(subject, "minimum_attempts", local.stage.alarm_minimum_attempts)
    failures = ceil(minimum_attempts * threshold_of(subject, "failing", local.stage.alarm_failing))
    assert dimensions(alarm.properties) == {"service": subject}
    assert_alarm(alarm, "TalyAsync/local", "Failure", "Sum", AT_LEAST, failures)
    assert timing(alarm) == (300, 1, 1)


def test_the_emulator_alarms_on_the_age_of_the_oldest_alert(local: Deployment) -> None:
    alarm = undeleted_alerts(local)

    assert about(local, alarm, "QueueName") == alerts_queue(local)
    assert_alarm(alarm, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", AT_LEAST, 600)
    assert timing(alarm) == (60, 1, 1)


def test_only_metric_and_threshold_of_replaced_alarms_differ(local: Deployment, prod: Deployment) -> None:
    metric = {"Metrics", "MetricName", "Namespace", "Dimensions", "Statistic", "Period", "Threshold"}
    metric |= {"EvaluationPeriods", "DatapointsToAlarm", "AlarmName", "Tags"}
    with_math = [
        (subject, slug)
        for (subject, slug), alarm in alarms(prod).items()
        if "Metrics" in alarm.properties and subject != ACCOUNT
    ]

    for key in with_math:
        local_rest, prod_rest = (
            {name: each for name, each in alarms(stage)[key].properties.items() if name not in metric}
            for stage in (local, prod)
        )
        assert local_rest == prod_rest


def test_a_share_is_rounded_up_to_whole_failures_without_float_error() -> None:
    """0.1 * 30 is slightly more than 3 in floating point."""
    plain = METRIC_MATH_REPLACEMENTS[signals.FAILING.slug](0.1, "IF(attempts >= 30, failures / attempts, 0)")

    assert plain.threshold == 3


def test_metric_math_without_a_replacement_is_refused(tmp_path: object) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    cdk.Aspects.of(app).add(ReplaceMetricMath())
    metric = cloudwatch.MathExpression(
        expression="10 * a", using_metrics={"a": cloudwatch.Metric(namespace="A", metric_name="A")}
    )
    cloudwatch.Alarm(
        cdk.Stack(app, "Stack"),
        "Alarm",
        alarm_name=alarm_name("local", "system", "tenfold"),
        metric=metric,
        threshold=1,
        evaluation_periods=1,
    )

    with pytest.raises(RuntimeError, match=r"taly-async-local/system/tenfold has metric math: define its replacement"):
        app.synth()
