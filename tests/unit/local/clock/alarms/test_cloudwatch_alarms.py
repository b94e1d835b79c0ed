"""The deployed alarms are listed and set by CloudWatch's API."""

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


def test_exactly_the_stages_alarms_are_listed(cloudwatch: Any) -> None:
    names = [alarm.name for alarm in CloudWatchAlarms(cloudwatch, "taly-async-local/").list_alarms()]

    assert names == [f"taly-async-local/some.type{number:03}/depth" for number in range(120)]


def test_a_set_state_is_stored_with_its_truncated_reason(cloudwatch: Any) -> None:
    alarms = CloudWatchAlarms(cloudwatch, "taly-async-local/")
    first, second, *_ = alarms.list_alarms()

    alarms.set_state(first, Conclusion(AlarmState.ALARM, "Threshold Crossed: " + "x" * 2_000))

    states = {alarm.name: alarm.state for alarm in alarms.list_alarms()}
    assert (states[first.name], states[second.name]) == (AlarmState.ALARM, second.state)
    (kept,) = cloudwatch.describe_alarms(AlarmNames=[first.name])["MetricAlarms"]
    assert kept["StateReason"].startswith("Threshold Crossed: xx")
    assert len(kept["StateReason"]) == 1_023
