"""Fixed costs are counted in the templates, each resource once."""

from typing import Any

import pytest

from ops.cost import prices
from ops.cost.fixed import monitoring, secrets


def dollars(*resources: tuple[str, dict[str, Any]]) -> dict[str, float]:
    template = {
        "Resources": {
            str(number): {"Type": type_, "Properties": given} for number, (type_, given) in enumerate(resources)
        }
    }
    return {item.label: round(item.dollars, 4) for item in monitoring([template]) if item.count}


def test_an_alarm_costs_one_fee_for_each_metric() -> None:
    plain = ("AWS::CloudWatch::Alarm", {"MetricName": "Errors"})
    expression = (
        "AWS::CloudWatch::Alarm",
        {"Metrics": [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]},
    )

    assert dollars(plain, expression) == {"alarm metrics": round(3 * prices.ALARM_METRIC, 4)}


def test_a_function_costs_two_custom_metrics() -> None:
    mapping: tuple[str, dict[str, Any]] = ("AWS::Lambda::EventSourceMapping", {})

    assert dollars(mapping, mapping) == {"custom metrics": round(4 * prices.CUSTOM_METRIC, 4)}


def schedule(expression: str, target: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "AWS::Scheduler::Schedule", {"ScheduleExpression": expression, "Target": target}


def test_only_schedules_that_start_a_function_count_as_runs() -> None:
    notifier = (
        "AWS::Lambda::Function",
        {"Handler": "lambdas.slack_notifier.handler.handler", "MemorySize": 256},
    )
    heartbeat = schedule("rate(1 minute)", {"Input": "{}"})
    each_minute, each_day = schedule("rate(1 minute)", {}), schedule("cron(0 6 * * ? *)", {})

    assert dollars(notifier, heartbeat) == {}
    found = dollars(notifier, heartbeat, each_minute, each_day)
    assert found["runs of the notifier"] == pytest.approx(0.2, abs=0.05)
    assert found.get("runs of the dead-letter keeper", 0) < 0.05


def test_dashboard_key_composite_alarm_and_secret_have_list_prices() -> None:
    found = dollars(
        ("AWS::CloudWatch::Dashboard", {}),
        ("AWS::KMS::Key", {}),
        ("AWS::CloudWatch::CompositeAlarm", {}),
        ("AWS::SecretsManager::Secret", {"Description": "Slack's incoming webhook"}),
        ("AWS::SecretsManager::Secret", {"Description": "the CRM's"}),
    )

    assert found == {"dashboards": 3.0, "KMS keys": 1.0, "composite alarms": 0.5, "secrets for Slack": 0.4}


def test_the_notifier_reads_the_table_of_causes_each_minute() -> None:
    causes = ("AWS::DynamoDB::Table", {"TableName": "taly-async-prod-causes"})
    others = ("AWS::DynamoDB::Table", {"TableName": "taly-async-prod-idempotency"})

    assert dollars(others) == {}
    assert dollars(causes, others)["reads of the causes by the notifier"] == pytest.approx(0.14, abs=0.01)


def test_other_secrets_cost_the_same() -> None:
    slack = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "Slack's incoming webhook"}}
    token = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "the CRM's"}}

    (item,) = secrets([{"Resources": {"A": slack, "B": token}}])

    assert item.dollars == pytest.approx(0.4)
