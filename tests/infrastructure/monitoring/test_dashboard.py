"""The dashboard: its sections and widgets."""

import json
from typing import Any

import pytest

from schemas.names import (
    ACCOUNT,
    DEAD_LETTER_KEEPER,
    SYSTEM,
    Output,
    alarm_name,
    alarm_parts,
    dashboard_name,
    metric_namespace,
)
from schemas.signals import KEEPER_SILENT, UNHEALTHY
from stacks.monitoring.dashboard.saved_queries import (
    FAILURES_BY_FINGERPRINT,
    FAILURES_BY_TENANT,
    LEFT_OUT,
    OUTCOMES_BY_TYPE,
    WAITS,
    LogQuery,
)
from tests.infrastructure.deployment import Deployment, Resource
from tests.infrastructure.monitoring.alarm_lookup import alarms, dead_letter_queue_of, queue_of, subjects

each_subject = pytest.mark.parametrize("subject", subjects())

Widget = dict[str, Any]


def dashboard(deployment: Deployment) -> Resource:
    (resource,) = deployment.resources("AWS::CloudWatch::Dashboard")
    return resource


def widgets(deployment: Deployment) -> list[Widget]:
    """Return the dashboard's widgets, with a test's name for each resource that the body refers to."""
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


def test_the_dashboard_has_the_stages_name(deployment: Deployment) -> None:
    (_, parts) = deployment.templates[deployment.monitoring]["Outputs"][Output.DASHBOARD_URL]["Value"]["Fn::Join"]

    assert dashboard(deployment).properties["DashboardName"] == dashboard_name(deployment.stage.name)
    assert parts[-1].endswith(f"#dashboards/dashboard/{dashboard_name(deployment.stage.name)}")


def test_the_sections_have_a_fixed_order(prod: Deployment) -> None:
    texts = [each for each in widgets(prod) if each["type"] == "text"]

    first, *headings = [each["properties"]["markdown"].splitlines()[0] for each in sorted(texts, key=lambda w: w["y"])]

    assert first == "# Taly's asynchronous backbone, prod"
    assert headings == [
        "## Health",
        "## Called systems: what waits for them",
        "## Failures by type",
        "## Failures by cause",
        "## Failures by tenant",
        "## Each type: attempts, queue, latency",
    ]


def test_the_header_links_to_the_runbook(deployment: Deployment) -> None:
    first = min(widgets(deployment), key=lambda widget: widget["y"])

    assert f"[runbook]({deployment.stage.runbook_url})" in first["properties"]["markdown"]


def shown_alarms(deployment: Deployment) -> list[str]:
    return [
        arn.rpartition(":alarm:")[2]
        for widget in widgets(deployment)
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    ]


def test_alarms_on_the_accounts_mail_and_texts_are_shown(prod: Deployment) -> None:
    of_the_account = {alarm_name("prod", *key) for key in alarms(prod) if key[0] == ACCOUNT}

    assert of_the_account
    assert of_the_account <= set(shown_alarms(prod))


def test_every_alarm_is_shown_once_and_the_composite_first(deployment: Deployment) -> None:
    shown = shown_alarms(deployment)

    expected = [
        alarm.properties["AlarmName"] for (subject, _), alarm in alarms(deployment).items() if subject != ACCOUNT
    ]
    if deployment.stage.emulated:  # the emulator has neither this alarm nor those on the account
        expected.append(alarm_name(deployment.stage.name, DEAD_LETTER_KEEPER, KEEPER_SILENT.slug))
    assert shown[0] == alarm_name(deployment.stage.name, SYSTEM, UNHEALTHY.slug)
    assert sorted(each for each in shown[1:] if (alarm_parts(each) or ("", ""))[0] != ACCOUNT) == sorted(expected)


def test_what_is_paused_is_searched_for(deployment: Deployment) -> None:
    """A metric that a graph names would be there for each type, paused or not."""
    ((search,),) = titled(deployment, "Paused")["properties"]["metrics"]

    assert search["expression"] == (
        f"""SEARCH('{{"{metric_namespace(deployment.stage.name)}",service}} MetricName="Paused"', 'Maximum', 60)"""
    )


@each_subject
def test_each_type_and_the_ingress_have_a_row(deployment: Deployment, subject: str) -> None:
    row = [titled(deployment, f"{subject}{more}") for more in ("", ": queue", ": latency from timestamp to success")]

    assert len({widget["y"] for widget in row}) == 1
    attempts, queue, latency = ([line[:-1] for line in metrics(widget)] for widget in row)
    assert attempts == [[metric_namespace(deployment.stage.name), "Failure", "service", subject]] * 2
    assert latency == [[metric_namespace(deployment.stage.name), "Latency", "service", subject]] * 3
    waiting, dead = queue_of(deployment, subject), dead_letter_queue_of(deployment, subject)
    assert [line[1:] for line in queue] == [
        ["ApproximateNumberOfMessagesVisible", "QueueName", waiting.properties["QueueName"]],
        ["ApproximateNumberOfMessagesVisible", "QueueName", dead.properties["QueueName"]],
        ["ApproximateAgeOfOldestMessage", "QueueName", waiting.properties["QueueName"]],
    ]


@each_subject
def test_the_latency_graph_shows_percentiles_and_the_objective(deployment: Deployment, subject: str) -> None:
    widget = titled(deployment, f"{subject}: latency from timestamp to success")

    lines = widget["properties"].get("annotations", {}).get("horizontal", [])

    event_type = subjects()[subject]
    objectives = [event_type.objective.total_seconds() * 1000] if event_type and event_type.objective else []
    assert [metric[-1]["stat"] for metric in metrics(widget)] == ["p50", "p95", "p99"]
    assert [line["value"] for line in lines] == objectives


@pytest.mark.parametrize(
    "title",
    [
        "Failed attempts",
        "Dead letters",
        "Visible messages by queue",
        "Age of the oldest message by queue",
        "Function errors",
    ],
)
def test_a_failure_graph_has_a_line_for_each_type(deployment: Deployment, title: str) -> None:
    labels = [metric[-1]["label"] for metric in metrics(titled(deployment, title))]

    holding_queues = ["unrouted", "undeliverable", "dead schedules"] if title == "Dead letters" else []
    assert labels == [*subjects(), *holding_queues]


@pytest.mark.parametrize(
    "query", [WAITS, FAILURES_BY_FINGERPRINT, FAILURES_BY_TENANT, OUTCOMES_BY_TYPE, LEFT_OUT], ids=lambda q: q.name
)
def test_a_table_queries_the_logs_of_every_function(deployment: Deployment, query: LogQuery) -> None:
    widget = titled(deployment, query.name.capitalize())

    *sources, _ = widget["properties"]["query"].split(" | ", len(deployment.function_log_groups()))

    assert (widget["type"], widget["properties"]["view"]) == ("log", "table")
    assert set(sources) == {
        f"SOURCE '{group.properties['LogGroupName']}'" for group in deployment.function_log_groups()
    }
    assert widget["properties"]["query"].endswith(f"' | {query.text}")


def test_what_waits_has_a_row_for_each_destination(prod: Deployment) -> None:
    query = titled(prod, "Waits by destination")["properties"]["query"]

    assert 'outcome = "deferred" and ispresent(destination)' in query
    assert query.splitlines()[-3].strip() == "by destination"


def test_the_figures_of_ses_and_sns_are_those_of_the_account(deployment: Deployment) -> None:
    ses, sns = (
        [line[:-1] for line in metrics(titled(deployment, title))]
        for title in ("Amazon SES, the whole account", "Amazon SNS, texts of the whole account")
    )

    assert ses == [["AWS/SES", name] for name in ("Send", "Delivery", "Reject", "Bounce")]
    assert sns == [["AWS/SNS", "SMSMonthToDateSpentUSD"]]


def test_no_widgets_overlap(prod: Deployment) -> None:
    taken = [
        (x, y)
        for widget in widgets(prod)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(24))
