"""Alarms on expressions: when they go off, and what the emulator gets in their place."""

from math import ceil

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from schemas import signals
from schemas.names import SLACK_NOTIFIER, alarm_name
from schemas.system import SYSTEM_HEARTBEAT
from stacks.emulator.omissions import INSTEAD_OF_METRIC_MATH, PutMetricMathPlainly
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarming import about, alarms, alerts_queue, dimensions, subjects, timing
from tests.infrastructure.monitoring.metric_math import breaches
from tests.infrastructure.monitoring.test_alarms import assert_watches, own_or

each_subject = pytest.mark.parametrize("subject", subjects())

AT_LEAST = "GreaterThanOrEqualToThreshold"


@pytest.fixture(params=["dev", "staging", "prod"])
def deployed(request: pytest.FixtureRequest, stage_deployment: Synthesized) -> Deployment:
    return stage_deployment(request.param)


def failing(deployment: Deployment, subject: str) -> Resource:
    return alarms(deployment)[subject, signals.FAILING.slug]


def untold(deployment: Deployment) -> Resource:
    return alarms(deployment)[SLACK_NOTIFIER, signals.ALERTS_NOT_POSTED.slug]


@each_subject
def test_fewer_failures_than_the_floor_say_nothing(deployed: Deployment, subject: str) -> None:
    few = own_or(subject, "minimum_attempts", deployed.stage.alarm_floor) - 1

    assert not breaches(failing(deployed, subject), {"attempts": few, "failures": few})


def test_a_type_that_comes_once_a_minute_reaches_its_floor(deployed: Deployment) -> None:
    alarm = failing(deployed, SYSTEM_HEARTBEAT.name)

    assert breaches(alarm, {"attempts": 5, "failures": 5})
    assert not breaches(alarm, {"attempts": 6, "failures": 1})  # one of them was a drill


@each_subject
def test_twenty_attempts_of_which_the_share_fails_are_told_of(deployed: Deployment, subject: str) -> None:
    share = own_or(subject, "failing", deployed.stage.alarm_failing)
    alarm = failing(deployed, subject)

    assert breaches(alarm, {"attempts": 20, "failures": ceil(20 * share)})
    assert not breaches(alarm, {"attempts": 20, "failures": ceil(20 * share) - 1})
    assert not breaches(alarm, {"attempts": 2_000, "failures": ceil(20 * share)})


@each_subject
def test_both_sides_of_the_share_are_of_one_metric_over_five_minutes(deployed: Deployment, subject: str) -> None:
    queries = {each["Id"]: each["MetricStat"] for each in failing(deployed, subject).properties["Metrics"][1:]}

    metrics = {
        name: (query["Metric"]["Namespace"], query["Metric"]["MetricName"], dimensions(query["Metric"]))
        for name, query in queries.items()
    }
    assert metrics == dict.fromkeys(("attempts", "failures"), ("TalyAsync", "Failure", {"service": subject}))
    assert {name: query["Stat"] for name, query in queries.items()} == {"attempts": "SampleCount", "failures": "Sum"}
    assert {query["Period"] for query in queries.values()} == {300}


@pytest.mark.parametrize(
    ("received", "deleted", "told_of"),
    [(0, 0, False), (7, 7, False), (7, 1, False), (1, 0, True), (50, 0, True)],
)
def test_alerts_that_are_received_again_and_again_and_never_deleted_are_told_of(
    prod: Deployment, received: int, deleted: int, told_of: bool
) -> None:
    """The age of the oldest would not do: what was received three times counts no more for that metric (SQS Developer
    Guide, "Available CloudWatch metrics for Amazon SQS"), and the notifier receives each minute.
    """
    assert breaches(untold(prod), {"received": received, "deleted": deleted}) is told_of


def test_alerts_are_looked_at_for_twice_five_minutes(prod: Deployment) -> None:
    properties = untold(prod).properties
    queries = [each["MetricStat"] for each in properties["Metrics"][1:]]

    assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (2, 2)
    assert [query["Period"] for query in queries] == [300, 300]
    names = [dimensions(query["Metric"])["QueueName"] for query in queries]
    assert [prod.follow(prod.monitoring, name) for name in names] == [alerts_queue(prod)] * 2


def test_the_emulator_gets_no_alarm_with_metric_math(local: Deployment) -> None:
    assert [alarm for alarm in alarms(local).values() if "Metrics" in alarm.properties] == []


@each_subject
def test_on_the_emulator_as_many_failures_are_told_of_as_the_share_of_the_floor(
    local: Deployment, subject: str
) -> None:
    alarm = failing(local, subject)

    floor = own_or(subject, "minimum_attempts", local.stage.alarm_floor)
    least = ceil(floor * own_or(subject, "failing", local.stage.alarm_failing))
    assert dimensions(alarm.properties) == {"service": subject}
    assert_watches(alarm, "TalyAsync", "Failure", "Sum", AT_LEAST, least)
    assert timing(alarm) == (300, 1, 1)


def test_on_the_emulator_alerts_are_told_of_by_the_age_of_the_oldest(local: Deployment) -> None:
    alarm = untold(local)

    assert about(local, alarm, "QueueName") == alerts_queue(local)
    assert_watches(alarm, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", AT_LEAST, 600)
    assert timing(alarm) == (60, 1, 1)


def test_nothing_else_of_such_an_alarm_differs_on_the_emulator(local: Deployment, prod: Deployment) -> None:
    metric = {"Metrics", "MetricName", "Namespace", "Dimensions", "Statistic", "Period", "Threshold"}
    metric |= {"EvaluationPeriods", "DatapointsToAlarm", "AlarmName"}
    with_math = [key for key, alarm in alarms(prod).items() if "Metrics" in alarm.properties]

    for key in with_math:
        local_rest, prod_rest = (
            {name: each for name, each in alarms(stage)[key].properties.items() if name not in metric}
            for stage in (local, prod)
        )
        assert local_rest == prod_rest


def test_a_share_becomes_whole_failures_whatever_the_fraction() -> None:
    """0.1 * 30 is a hair more than 3 in floating point."""
    plain = INSTEAD_OF_METRIC_MATH[signals.FAILING.slug](0.1, "IF(attempts >= 30, failures / attempts, 0)")

    assert plain.threshold == 3


def test_metric_math_of_which_it_is_not_said_what_it_comes_down_to_is_refused(tmp_path: object) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    cdk.Aspects.of(app).add(PutMetricMathPlainly())
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

    with pytest.raises(RuntimeError, match=r"taly-async-local/system/tenfold has metric math: say in stacks\.emu"):
        app.synth()
