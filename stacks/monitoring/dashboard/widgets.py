"""What dashboards are made of here."""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from stacks.monitoring.alarms.metrics import FIVE_MINUTES
from stacks.monitoring.dashboard.saved_queries import LogQuery

WIDTH = 24
"""Columns of a dashboard."""

_HEIGHT = 6
_MOST_ALARMS = 100
"""In one widget (CloudWatch, "Dashboard body structure": alarm widgets)."""


def words(markdown: str, *, height: int = 1) -> cloudwatch.IWidget:
    """Text from edge to edge."""
    return cloudwatch.TextWidget(
        markdown=markdown, width=WIDTH, height=height, background=cloudwatch.TextWidgetBackground.TRANSPARENT
    )


def states(title: str, alarms: Sequence[cloudwatch.IAlarm]) -> list[cloudwatch.IWidget]:
    """Alarms by their state, red ones first."""
    return [
        cloudwatch.AlarmStatusWidget(
            title=title,
            alarms=[*alarms[start : start + _MOST_ALARMS]],
            sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
            width=WIDTH // 2,
            height=_HEIGHT,
        )
        for start in range(0, len(alarms), _MOST_ALARMS)
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
    """Lines over time.

    Args:
        title: what they show.
        left: metrics on the left axis.
        right: metrics on the right one.
        unit: of the left axis.
        right_unit: of the right one.
        line: drawn across, at a value of the left axis.
        stacked: one upon the other, so that the top is their sum.
        width: columns.
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


def table(query: LogQuery, log_groups: Sequence[logs.ILogGroup], *, width: int = WIDTH) -> cloudwatch.IWidget:
    """What a query finds in these logs."""
    return cloudwatch.LogQueryWidget(
        title=query.name.capitalize(),
        log_group_names=[group.log_group_name for group in log_groups],
        query_string=query.text,
        width=width,
        height=_HEIGHT,
    )


def over_all(
    function: str,
    prefix: str,
    metrics: Iterable[cloudwatch.IMetric],
    *,
    label: str,
    period: cdk.Duration = FIVE_MINUTES,
) -> cloudwatch.MathExpression:
    """`SUM` or `MAX` of all of these, which have that period. Within a widget no two may have the same prefix."""
    named = {f"{prefix}{index}": metric for index, metric in enumerate(metrics)}
    return cloudwatch.MathExpression(
        expression=f"{function}([{', '.join(named)}])", using_metrics=named, period=period, label=label
    )


def _axis(unit: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(min=0, label=unit, show_units=False)
