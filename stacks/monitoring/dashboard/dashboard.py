"""The stage's CloudWatch dashboard: health, called systems, failures by type, cause and tenant, a row for each type."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.console import console_url
from schemas.names import dashboard_name
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms import metrics
from stacks.monitoring.alarms.alarm import Monitored
from stacks.monitoring.dashboard.saved_queries import (
    FAILURES_BY_FINGERPRINT,
    FAILURES_BY_TENANT,
    LEFT_OUT,
    OUTCOMES_BY_TYPE,
    WAITS,
    saved_name,
)
from stacks.monitoring.dashboard.widgets import WIDTH, aggregate, alarm_states, graph, tables, text
from stacks.stage import Stage

Row = list[cloudwatch.IWidget]


class Dashboard(cloudwatch.Dashboard):
    """The dashboard of a stage."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        monitored: Sequence[Monitored],
        unhealthy: Sequence[cloudwatch.IAlarm],
        other_alarms: Sequence[cloudwatch.IAlarm],
        holding_queues: Mapping[str, sqs.IQueue],
        log_groups: Sequence[logs.ILogGroup],
        stage: Stage,
    ) -> None:
        """Create the dashboard.

        Args:
            scope: the stack.
            construct_id: within the stack.
            monitored: the types and the ingress.
            unhealthy: alarms that make the backbone unhealthy.
            other_alarms: all other alarms.
            holding_queues: holding queues that belong to no type, by display name.
            log_groups: log groups of all functions.
            stage: the stage.
        """
        super().__init__(
            scope,
            construct_id,
            dashboard_name=dashboard_name(stage.name),
            default_interval=cdk.Duration.hours(3),
            widgets=[
                [_header(stage, cdk.Stack.of(scope).region)],
                *_health(monitored, unhealthy, other_alarms, stage.name),
                *_called_systems(log_groups),
                *_failures(monitored, holding_queues, stage.name),
                *_failures_by_cause(log_groups),
                *_failures_by_tenant(log_groups),
                *_each_type(monitored, stage.name),
            ],
        )


def _header(stage: Stage, region: str) -> cloudwatch.IWidget:
    console = console_url(region, "cloudwatch")
    return text(
        f"# Taly's asynchronous backbone, {stage.name}\n"
        "If an alarm is red, its description says what to do first; for the rest see the "
        f"[runbook]({stage.runbook_url}). "
        f"[Alarms]({console}#alarmsV2:) begin with `{dashboard_name(stage.name)}/`, and so do the saved queries of "
        f"[Logs Insights]({console}#logsV2:logs-insights), such as `{saved_name(stage.name, OUTCOMES_BY_TYPE.name)}`. "
        f"Alerts are sent to {stage.slack_channel} and to {stage.alert_email}.",
        height=3,
    )


def _health(
    monitored: Sequence[Monitored],
    unhealthy: Sequence[cloudwatch.IAlarm],
    others: Sequence[cloudwatch.IAlarm],
    stage: str,
) -> list[Row]:
    names = [each.name for each in monitored]
    heartbeats = metrics.successes(stage, SYSTEM_HEARTBEAT.name).with_(label="heartbeats that succeeded")
    return [
        [text("## Health")],
        [*alarm_states("Alarms that make the backbone unhealthy", unhealthy), *alarm_states("Other alarms", others)],
        [
            graph("Heartbeats, one a minute", [heartbeats]),
            graph(
                "Attempts of all functions",
                [
                    aggregate("SUM", "attempts", (metrics.attempts(stage, name) for name in names), label="attempts"),
                    aggregate("SUM", "failures", (metrics.failures(stage, name) for name in names), label="failures"),
                ],
                unit="per 5 minutes",
            ),
            graph(
                "Age of the oldest message in all queues",
                [
                    aggregate(
                        "MAX",
                        "oldest",
                        (metrics.age_of_oldest(each.queue) for each in monitored),
                        label="age of the oldest message",
                        period=metrics.MINUTE,
                    )
                ],
                unit="seconds",
            ),
        ],
    ]


def _called_systems(log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    """Show what waits for each destination, and what SES and SNS say about the whole account."""
    half = WIDTH // 2
    return [
        [text("## Called systems: what waits for them")],
        tables(WAITS, log_groups),
        [
            graph(
                "Amazon SES, the whole account",
                [metrics.ses_count(name).with_(label=label) for name, label in metrics.SES_COUNTS.items()],
                unit="per 5 minutes",
                width=half,
            ),
            graph(
                "Amazon SNS, texts of the whole account",
                [metrics.text_spending().with_(label="spent this month; at the account's limit no text is sent")],
                unit="dollars",
                width=half,
            ),
        ],
    ]


def _failures(monitored: Sequence[Monitored], holding_queues: Mapping[str, sqs.IQueue], stage: str) -> list[Row]:
    def by_type(metric: Callable[[Monitored], cloudwatch.Metric]) -> list[cloudwatch.IMetric]:
        return [metric(each).with_(label=each.name) for each in monitored]

    held = [metrics.visible(queue).with_(label=name) for name, queue in holding_queues.items()]
    half = WIDTH // 2
    return [
        [text("## Failures by type")],
        [
            graph(
                "Failed attempts",
                by_type(lambda each: metrics.failures(stage, each.name)),
                unit="per 5 minutes",
                stacked=True,
                width=half,
            ),
            graph(
                "Dead letters",
                [*by_type(lambda each: metrics.visible(each.dead_letter_queue)), *held],
                unit="messages",
                stacked=True,
                width=half,
            ),
        ],
        [
            graph(
                "Visible messages by queue",
                by_type(lambda each: metrics.visible(each.queue)),
                unit="messages",
                stacked=True,
                width=half,
            ),
            graph(
                "Age of the oldest message by queue",
                by_type(lambda each: metrics.age_of_oldest(each.queue)),
                unit="seconds",
                width=half,
            ),
        ],
        [
            graph(
                "Paused",
                [metrics.paused(stage)],
                unit="1 while a type is paused",
                stacked=True,
                width=WIDTH,
            ),
        ],
        [
            graph(
                "Function errors",
                by_type(lambda each: metrics.errors(each.function_name)),
                unit="per 5 minutes",
                stacked=True,
                width=half,
            ),
            graph(
                "Throttles of all functions of the account",
                [metrics.throttles().with_(label="throttles")],
                unit="per minute",
                width=half,
            ),
        ],
    ]


def _failures_by_cause(log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    return [[text("## Failures by cause")], tables(FAILURES_BY_FINGERPRINT, log_groups)]


def _failures_by_tenant(log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    half = WIDTH // 2
    return [
        [text("## Failures by tenant")],
        [
            *tables(FAILURES_BY_TENANT, log_groups, width=half),
            *tables(OUTCOMES_BY_TYPE, log_groups, width=half),
        ],
        tables(LEFT_OUT, log_groups),
    ]


def _each_type(monitored: Sequence[Monitored], stage: str) -> list[Row]:
    return [[text("## Each type: attempts, queue, latency")], *(_row(each, stage) for each in monitored)]


def _row(monitored: Monitored, stage: str) -> Row:
    name = monitored.name
    return [
        graph(
            name,
            [
                metrics.attempts(stage, name).with_(label="attempts"),
                metrics.failures(stage, name).with_(label="failures"),
            ],
            unit="per 5 minutes",
        ),
        graph(
            f"{name}: queue",
            [
                metrics.visible(monitored.queue).with_(label="visible"),
                metrics.visible(monitored.dead_letter_queue).with_(label="dead letters"),
            ],
            right=[metrics.age_of_oldest(monitored.queue).with_(label="age of the oldest message")],
            unit="messages",
            right_unit="seconds",
        ),
        graph(
            f"{name}: latency from timestamp to success",
            [metrics.latency(stage, name, percentile).with_(label=percentile) for percentile in ("p50", "p95", "p99")],
            unit="milliseconds",
            line=_objective(monitored.objective),
        ),
    ]


def _objective(latency: timedelta | None) -> cloudwatch.HorizontalAnnotation | None:
    if latency is None:
        return None
    return cloudwatch.HorizontalAnnotation(value=latency / timedelta(milliseconds=1), label="objective for p95")
