"""Functions that create the dashboard's widgets."""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from stacks.limits.limit import WIDGET_ALARMS
from stacks.monitoring.alarms.metrics import FIVE_MINUTES
from stacks.monitoring.dashboard.saved_queries import LogQuery, in_parts

WIDTH = 24
"""Grid columns of a dashboard."""

_HEIGHT = 6


def text(markdown: str, *, height: int = 1) -> cloudwatch.IWidget:
    """Create a text widget over the full width."""
    return cloudwatch.TextWidget(
        markdown=markdown, width=WIDTH, height=height, background=cloudwatch.TextWidgetBackground.TRANSPARENT
    )


def alarm_states(title: str, alarms: Sequence[cloudwatch.IAlarm]) -> list[cloudwatch.IWidget]:
    """Create widgets with the state of alarms, those in ALARM first."""
    return [
        cloudwatch.AlarmStatusWidget(
            title=title,
            alarms=[*alarms[start : start + WIDGET_ALARMS.allowed]],
            sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
            width=WIDTH // 2,
            height=_HEIGHT,
        )
        for start in range(0, len(alarms), WIDGET_ALARMS.allowed)
    ]


def graph(
    title: str,
    left: Sequence[cloudwatch.IMetric],
    *,
    right: Sequence[cloudwatch.IMetric] = (),
    unit: str = "",
    right_unit: str = "",
    line: cloudwatch.HorizontalAnnotation | None = None,
    stacked: bool = False,
    width: int = WIDTH // 3,
) -> cloudwatch.IWidget:
    """Create a line graph over time.

    Args:
        title: the graph's title.
        left: metrics on the left axis.
        right: metrics on the right axis.
        unit: label of the left axis.
        right_unit: label of the right axis.
        line: horizontal line at a value of the left axis.
        stacked: whether to stack the metrics, so that the top line is their sum.
        width: grid columns.
    """
    return cloudwatch.GraphWidget(
        title=title,
        left=[*left],
        right=[*right],
        left_y_axis=_axis(unit),
        right_y_axis=_axis(right_unit),
        left_annotations=[line] if line else [],
        stacked=stacked,
        width=width,
        height=_HEIGHT,
    )


def tables(query: LogQuery, log_groups: Sequence[logs.ILogGroup], *, width: int = WIDTH) -> list[cloudwatch.IWidget]:
    """Create a table with the results of a query, or several if the log groups are too many for one query."""
    return [
        cloudwatch.LogQueryWidget(
            title=name.capitalize(),
            log_group_names=group_names,
            query_string=query.text,
            width=width,
            height=_HEIGHT,
        )
        for name, group_names in in_parts(query.name, log_groups)
    ]


def aggregate(
    function: str,
    prefix: str,
    metrics: Iterable[cloudwatch.IMetric],
    *,
    label: str,
    period: cdk.Duration = FIVE_MINUTES,
) -> cloudwatch.MathExpression:
    """Aggregate metrics to one line.

    Args:
        function: `SUM` or `MAX`.
        prefix: prefix of the metrics' ids; unique within a widget.
        metrics: the metrics, all with the same period.
        label: label of the line.
        period: the metrics' period.
    """
    by_id = {f"{prefix}{index}": metric for index, metric in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=f"{function}([{', '.join(by_id)}])", using_metrics=by_id, period=period, label=label
    )


def _axis(unit: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(min=0, label=unit, show_units=False)
