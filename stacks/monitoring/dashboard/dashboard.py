"""One page: is it healthy, what fails, why, for whom, how late."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import dashboard_name
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms import metrics
from stacks.monitoring.alarms.alarm import Monitored
from stacks.monitoring.dashboard.saved_queries import (
    FAILURES_BY_FINGERPRINT,
    FAILURES_BY_TENANT,
    OUTCOMES_BY_TYPE,
    cloudwatch_console,
    saved_name,
)
from stacks.monitoring.dashboard.widgets import WIDTH, graph, over_all, states, table, words
from stacks.stage import Stage

Row = list[cloudwatch.IWidget]


class Dashboard(cloudwatch.Dashboard):
    """The stage at a glance. Rows follow from the subjects."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        subjects: Sequence[Monitored],
        unhealthy: Sequence[cloudwatch.IAlarm],
        other_alarms: Sequence[cloudwatch.IAlarm],
        resting: Mapping[str, sqs.IQueue],
        log_groups: Sequence[logs.ILogGroup],
        stage: Stage,
    ) -> None:
        """Show a stage.

        Args:
            scope: the stack.
            construct_id: within the stack.
            subjects: the types and the ingress.
            unhealthy: alarms of which each says that the whole is unhealthy.
            other_alarms: the rest of them.
            resting: queues that messages of no type's end in, by names for people.
            log_groups: of all functions.
            stage: the stage.
        """
        super().__init__(
            scope,
            construct_id,
            dashboard_name=dashboard_name(stage.name),
            default_interval=cdk.Duration.hours(3),
            widgets=[
                [_header(stage, cdk.Stack.of(scope).region)],
                *_is_it_healthy(subjects, unhealthy, other_alarms),
                *_what_fails(subjects, resting),
                *_why(log_groups),
                *_for_whom(log_groups),
                *_type_by_type(subjects),
            ],
        )


def _header(stage: Stage, region: str) -> cloudwatch.IWidget:
    console = cloudwatch_console(region)
    return words(
        f"# Taly's asynchronous backbone, {stage.name}\n"
        f"Something is red? Its description says what to do first, the [runbook]({stage.runbook_url}) the rest. "
        f"[Alarms]({console}#alarmsV2:) begin with `{dashboard_name(stage.name)}/`, and so do the saved queries of "
        f"[Logs Insights]({console}#logsV2:logs-insights), such as `{saved_name(stage.name, OUTCOMES_BY_TYPE.name)}`. "
        f"Alerts come to {stage.slack_channel} and to {stage.alert_email}.",
        height=3,
    )


def _is_it_healthy(
    subjects: Sequence[Monitored], unhealthy: Sequence[cloudwatch.IAlarm], others: Sequence[cloudwatch.IAlarm]
) -> list[Row]:
    names = [subject.name for subject in subjects]
    beats = metrics.successes(SYSTEM_HEARTBEAT.name).with_(label="heartbeats that came the whole way")
    return [
        [words("## Is it healthy?")],
        [*states("Unhealthy while any of these is on", unhealthy), *states("Worth a look", others)],
        [
            graph("Heartbeat, one a minute", [beats]),
            graph(
                "Attempts, of all functions",
                [
                    over_all("SUM", "attempts", map(metrics.attempts, names), label="attempts"),
                    over_all("SUM", "failures", map(metrics.failures, names), label="that failed"),
                ],
                unit="in 5 minutes",
            ),
            graph(
                "The oldest message of any queue",
                [
                    over_all(
                        "MAX",
                        "oldest",
                        (metrics.oldest(subject.queue) for subject in subjects),
                        label="oldest",
                        period=metrics.MINUTE,
                    )
                ],
                unit="seconds",
            ),
        ],
    ]


def _what_fails(subjects: Sequence[Monitored], resting: Mapping[str, sqs.IQueue]) -> list[Row]:
    def by_type(metric: Callable[[Monitored], cloudwatch.Metric]) -> list[cloudwatch.IMetric]:
        return [metric(subject).with_(label=subject.name) for subject in subjects]

    lying = [metrics.waiting(queue).with_(label=name) for name, queue in resting.items()]
    half = WIDTH // 2
    return [
        [words("## What fails?")],
        [
            graph(
                "Failed attempts",
                by_type(lambda subject: metrics.failures(subject.name)),
                unit="in 5 minutes",
                stacked=True,
                width=half,
            ),
            graph(
                "Dead letters",
                [*by_type(lambda subject: metrics.waiting(subject.dead_letter_queue)), *lying],
                unit="messages",
                stacked=True,
                width=half,
            ),
        ],
        [
            graph(
                "Messages that wait",
                by_type(lambda subject: metrics.waiting(subject.queue)),
                unit="messages",
                stacked=True,
                width=half,
            ),
            graph(
                "The oldest of each queue",
                by_type(lambda subject: metrics.oldest(subject.queue)),
                unit="seconds",
                width=half,
            ),
        ],
        [
            graph(
                "Functions that died",
                by_type(lambda subject: metrics.errors(subject.worker.function)),
                unit="in 5 minutes",
                stacked=True,
                width=half,
            ),
            graph(
                "Throttles, of all functions of the account",
                [metrics.throttles().with_(label="throttles")],
                unit="in a minute",
                width=half,
            ),
        ],
    ]


def _why(log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    return [[words("## Why?")], [table(FAILURES_BY_FINGERPRINT, log_groups)]]


def _for_whom(log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    half = WIDTH // 2
    return [
        [words("## For whom?")],
        [
            table(FAILURES_BY_TENANT, log_groups, width=half),
            table(OUTCOMES_BY_TYPE, log_groups, width=half),
        ],
    ]


def _type_by_type(subjects: Sequence[Monitored]) -> list[Row]:
    return [[words("## Type by type: how often, how many wait, how late?")], *map(_row, subjects)]


def _row(subject: Monitored) -> Row:
    name = subject.name
    return [
        graph(
            name,
            [metrics.attempts(name).with_(label="attempts"), metrics.failures(name).with_(label="that failed")],
            unit="in 5 minutes",
        ),
        graph(
            f"{name}: queue",
            [
                metrics.waiting(subject.queue).with_(label="wait"),
                metrics.waiting(subject.dead_letter_queue).with_(label="dead letters"),
            ],
            right=[metrics.oldest(subject.queue).with_(label="oldest")],
            unit="messages",
            right_unit="seconds",
        ),
        graph(
            f"{name}: from timestamp to success",
            [metrics.latency(name, percentile).with_(label=percentile) for percentile in ("p50", "p95", "p99")],
            unit="milliseconds",
            line=_promise(subject.objective),
        ),
    ]


def _promise(objective: timedelta | None) -> cloudwatch.HorizontalAnnotation | None:
    if objective is None:
        return None
    return cloudwatch.HorizontalAnnotation(
        value=objective / timedelta(milliseconds=1), label="95 of 100 are promised by then"
    )
