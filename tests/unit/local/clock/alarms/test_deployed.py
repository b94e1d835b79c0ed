"""The deployed alarms are read and turned by CloudWatch's API."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.clock.alarms.alarm import AlarmState
from local.clock.alarms.evaluation import Conclusion
from local.clock.alarms.evaluator import CloudWatchAlarms


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("cloudwatch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106 none
        for name in (
            *(f"taly-async-local/some.type{number:03}/depth" for number in range(120)),
            "another-system/depth",
        ):
            client.put_metric_alarm(
                AlarmName=name,
                Namespace="AWS/SQS",
                MetricName="ApproximateNumberOfMessagesVisible",
                Dimensions=[{"Name": "QueueName", "Value": "some"}],
                Statistic="Maximum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                TreatMissingData="ignore",
            )
        yield client


def test_all_of_a_stage_are_read_and_no_others(cloudwatch: Any) -> None:
    names = [alarm.name for alarm in CloudWatchAlarms(cloudwatch, "taly-async-local/").described()]

    assert names == [f"taly-async-local/some.type{number:03}/depth" for number in range(120)]


def test_one_that_is_turned_says_so_and_why(cloudwatch: Any) -> None:
    alarms = CloudWatchAlarms(cloudwatch, "taly-async-local/")
    first, second, *_ = alarms.described()

    alarms.turn(first, Conclusion(AlarmState.ALARM, "Threshold Crossed: " + "x" * 2_000))

    states = {alarm.name: alarm.state for alarm in alarms.described()}
    assert (states[first.name], states[second.name]) == (AlarmState.ALARM, second.state)
    (kept,) = cloudwatch.describe_alarms(AlarmNames=[first.name])["MetricAlarms"]
    assert kept["StateReason"].startswith("Threshold Crossed: xx")
    assert len(kept["StateReason"]) == 1_023
