"""One page, top to bottom: is it healthy, what fails, why, for whom, how late."""

import json
from typing import Any

import pytest

from schemas.names import SYSTEM, MonitoringOutput, alarm_name, dashboard_name
from schemas.signals import UNHEALTHY
from stacks.monitoring.dashboard.saved_queries import (
    FAILURES_BY_FINGERPRINT,
    FAILURES_BY_TENANT,
    OUTCOMES_BY_TYPE,
    LogQuery,
)
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarming import alarms, dead_letter_queue_of, queue_of, subjects

each_subject = pytest.mark.parametrize("subject", subjects())

Widget = dict[str, Any]

MOST_WIDGETS = 500
MOST_METRICS_OF_A_WIDGET = 500
MOST_METRICS = 2_500
MOST_ALARMS_OF_A_WIDGET = 100
"""CloudWatch quotas, and "Dashboard body structure"."""


def dashboard(deployment: Deployment) -> Resource:
    (resource,) = deployment.resources("AWS::CloudWatch::Dashboard")
    return resource


def widgets(deployment: Deployment) -> list[Widget]:
    """As CloudWatch gets them, with a test's name of a resource in place of the one that AWS gives."""
    resource = dashboard(deployment)
    (_, parts) = resource.properties["DashboardBody"]["Fn::Join"]
    body = "".join(part if isinstance(part, str) else _name(deployment, resource.stack, part) for part in parts)
    found: list[Widget] = json.loads(body)["widgets"]
    return found


def _name(deployment: Deployment, stack: str, part: dict[str, Any]) -> str:
    match part:
        case {"Ref": str(pseudo)} if pseudo.startswith("AWS::"):
            return pseudo
    resource = deployment.follow(stack, part)
    return str(resource.properties.get("AlarmName", resource))


def titled(deployment: Deployment, title: str) -> Widget:
    (found,) = (each for each in widgets(deployment) if each["properties"].get("title") == title)
    return found


def metrics(widget: Widget) -> list[list[Any]]:
    lines: list[list[Any]] = widget["properties"].get("metrics", [])
    return [line for line in lines if len(line) > 1]


def test_it_is_found_by_its_name(deployment: Deployment) -> None:
    (_, parts) = deployment.templates[deployment.monitoring]["Outputs"][MonitoringOutput.DASHBOARD_URL]["Value"][
        "Fn::Join"
    ]

    assert dashboard(deployment).properties["DashboardName"] == dashboard_name(deployment.stage.name)
    assert parts[-1].endswith(f"#dashboards/dashboard/{dashboard_name(deployment.stage.name)}")


def test_it_answers_from_top_to_bottom(prod: Deployment) -> None:
    texts = [each for each in widgets(prod) if each["type"] == "text"]

    first, *questions = [each["properties"]["markdown"].splitlines()[0] for each in sorted(texts, key=lambda w: w["y"])]

    assert first == "# Taly's asynchronous backbone, prod"
    assert questions == [
        "## Is it healthy?",
        "## What fails?",
        "## Why?",
        "## For whom?",
        "## Type by type: how often, how many wait, how late?",
    ]


def test_it_links_to_the_runbook(deployment: Deployment) -> None:
    first = min(widgets(deployment), key=lambda widget: widget["y"])

    assert f"[runbook]({deployment.stage.runbook_url})" in first["properties"]["markdown"]


def test_every_alarm_is_on_it_once_and_the_one_to_page_on_comes_first(deployment: Deployment) -> None:
    shown = [
        arn.rpartition(":alarm:")[2]
        for widget in widgets(deployment)
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    ]

    expected = [alarm.properties["AlarmName"] for alarm in alarms(deployment).values()]
    assert shown[0] == alarm_name(deployment.stage.name, SYSTEM, UNHEALTHY.slug)
    assert sorted(shown[1:]) == sorted(expected)


def test_no_widget_has_more_alarms_than_cloudwatch_shows(prod: Deployment) -> None:
    shown = [len(widget["properties"]["alarms"]) for widget in widgets(prod) if widget["type"] == "alarm"]

    assert max(shown) <= MOST_ALARMS_OF_A_WIDGET


@each_subject
def test_each_type_and_the_ingress_have_a_row(deployment: Deployment, subject: str) -> None:
    row = [titled(deployment, f"{subject}{more}") for more in ("", ": queue", ": from timestamp to success")]

    assert len({widget["y"] for widget in row}) == 1
    attempts, queue, latency = ([line[:-1] for line in metrics(widget)] for widget in row)
    assert attempts == [["TalyAsync", "Failure", "service", subject]] * 2
    assert latency == [["TalyAsync", "Latency", "service", subject]] * 3
    waiting, dead = queue_of(deployment, subject), dead_letter_queue_of(deployment, subject)
    assert [line[1:] for line in queue] == [
        ["ApproximateNumberOfMessagesVisible", "QueueName", str(waiting)],
        ["ApproximateNumberOfMessagesVisible", "QueueName", str(dead)],
        ["ApproximateAgeOfOldestMessage", "QueueName", str(waiting)],
    ]


@each_subject
def test_how_late_is_told_by_percentiles_with_what_is_promised(deployment: Deployment, subject: str) -> None:
    widget = titled(deployment, f"{subject}: from timestamp to success")

    lines = widget["properties"].get("annotations", {}).get("horizontal", [])

    event_type = subjects()[subject]
    promised = [event_type.objective.total_seconds() * 1000] if event_type and event_type.objective else []
    assert [metric[-1]["stat"] for metric in metrics(widget)] == ["p50", "p95", "p99"]
    assert [line["value"] for line in lines] == promised


@pytest.mark.parametrize(
    "title",
    ["Failed attempts", "Dead letters", "Messages that wait", "The oldest of each queue", "Functions that died"],
)
def test_what_fails_is_told_by_type(deployment: Deployment, title: str) -> None:
    labels = [metric[-1]["label"] for metric in metrics(titled(deployment, title))]

    others = ["unrouted", "undeliverable", "dead schedules"] if title == "Dead letters" else []
    assert labels == [*subjects(), *others]


@pytest.mark.parametrize("query", [FAILURES_BY_FINGERPRINT, FAILURES_BY_TENANT, OUTCOMES_BY_TYPE], ids=lambda q: q.name)
def test_a_table_asks_the_logs_of_every_function(deployment: Deployment, query: LogQuery) -> None:
    widget = titled(deployment, query.name.capitalize())

    *sources, _ = widget["properties"]["query"].split(" | ", len(deployment.function_log_groups()))

    assert (widget["type"], widget["properties"]["view"]) == ("log", "table")
    assert set(sources) == {f"SOURCE '{group}'" for group in deployment.function_log_groups()}
    assert widget["properties"]["query"].endswith(f"' | {query.text}")


def test_it_is_no_larger_than_cloudwatch_takes(prod: Deployment) -> None:
    counts = [len(metrics(widget)) for widget in widgets(prod)]

    assert len(counts) <= MOST_WIDGETS
    assert max(counts) <= MOST_METRICS_OF_A_WIDGET
    assert sum(counts) <= MOST_METRICS


def test_nothing_overlaps(prod: Deployment) -> None:
    taken = [
        (x, y)
        for widget in widgets(prod)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(24))
