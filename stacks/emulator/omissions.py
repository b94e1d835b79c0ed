"""Resources that the embedded emulator cannot create, and their replacements, so that no stack says "if local"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IConstruct

from schemas.names import ACCOUNT, FAILURE, SKIPPED, alarm_parts
from schemas.signals import ALERT_NOT_PUBLISHED, FAILING, KEEPER_SILENT, SKIPPING
from stacks.errors import CannotSynthesizeError
from stacks.monitoring.alarms.metrics import FAILURES, RECEIVED, SKIPS

UNSUPPORTED_RESOURCES = {
    "AWS::Chatbot::SlackChannelConfiguration": "there is no Slack on loopback",
    "AWS::CloudWatch::CompositeAlarm": "only metric alarms are created",
    "AWS::EventSchemas::Discoverer": "no schema registry",
    "AWS::EventSchemas::Registry": "no schema registry",
    "AWS::EventSchemas::Schema": "no schema registry",
    "AWS::Events::Archive": "archives are created by the emulator's API, not by its CloudFormation",
    "AWS::Logs::Delivery": "no vended log deliveries",
    "AWS::Logs::DeliveryDestination": "no vended log deliveries",
    "AWS::Logs::DeliverySource": "no vended log deliveries",
    "AWS::Logs::QueryDefinition": "saved queries are used in the CloudWatch console only",
    "AWS::Scheduler::Schedule": "<aws.scheduler.scheduled-time> is not filled in, so every heartbeat would be refused; "
    "the process that runs the stage starts the notifier, because a minute is shorter there",
}
"""CloudFormation types and the reason; tests of the other stages' templates cover these resources."""


@jsii.implements(cdk.IAspect)
class RemoveUnsupportedResources:
    """Removes resources of unsupported types, and alarms on what the emulator does not do.

    It does not count the account's mail, and has no schedule that starts the dead-letter keeper once a day.

    No remaining resource may refer to one of them.
    """

    def visit(self, node: IConstruct) -> None:
        """Remove the node if the emulator does not support it."""
        if isinstance(node, cdk.CfnResource) and node.node.scope and _is_unsupported(node):
            node.node.scope.node.try_remove_child(node.node.id)


def _is_unsupported(resource: cdk.CfnResource) -> bool:
    if isinstance(resource, cloudwatch.CfnAlarm):
        subject, slug = alarm_parts(resource.alarm_name or "") or ("", "")
        return subject == ACCOUNT or slug == KEEPER_SILENT.slug
    return resource.cfn_resource_type in UNSUPPORTED_RESOURCES


@dataclass(frozen=True, kw_only=True)
class PlainAlarm:
    """An alarm on one metric that replaces an alarm with metric math."""

    source: str
    """Id of the metric in the expression whose namespace and dimensions the alarm takes."""

    metric: str
    statistic: str
    period: int
    """Seconds."""

    threshold: float


def _failures(share: float, expression: str) -> PlainAlarm:
    """Alarm on the number of failures that is this share of the expression's minimum attempts."""
    return _share_of_minimum(FAILURES, FAILURE, share, expression)


def _skips(share: float, expression: str) -> PlainAlarm:
    """Alarm on the number of skips that is this share of the expression's minimum messages."""
    return _share_of_minimum(SKIPS, SKIPPED, share, expression)


def _share_of_minimum(source: str, metric: str, share: float, expression: str) -> PlainAlarm:
    (minimum,) = re.findall(">= ([0-9]+)", expression)
    threshold = ceil(Decimal(str(share)) * int(minimum))
    return PlainAlarm(source=source, metric=metric, statistic="Sum", period=300, threshold=threshold)


def _age_of_oldest(_threshold: float, _expression: str) -> PlainAlarm:
    """Alarm when the oldest message is ten minutes old: the emulator, unlike AWS, counts received messages too."""
    return PlainAlarm(
        source=RECEIVED, metric="ApproximateAgeOfOldestMessage", statistic="Maximum", period=60, threshold=600
    )


METRIC_MATH_REPLACEMENTS = {FAILING.slug: _failures, SKIPPING.slug: _skips, ALERT_NOT_PUBLISHED.slug: _age_of_oldest}
"""Replacements by the signal's slug; each takes the original alarm's threshold and expression."""


@jsii.implements(cdk.IAspect)
class ReplaceMetricMath:
    """Replaces every alarm with metric math, which the emulator does not create, by a plain alarm."""

    def visit(self, node: IConstruct) -> None:
        """Rewrite the node if it is an alarm with metric math.

        Raises:
            CannotSynthesizeError: no replacement is defined for the alarm.
        """
        if not isinstance(node, cloudwatch.CfnAlarm) or not node.metrics or _is_unsupported(node):
            return
        name = node.alarm_name or ""
        _, slug = alarm_parts(name) or ("", "")
        if slug not in METRIC_MATH_REPLACEMENTS:
            raise CannotSynthesizeError(
                f"{name or node.node.path} has metric math: define its replacement in METRIC_MATH_REPLACEMENTS in "
                f"{__name__}"
            )
        plain = METRIC_MATH_REPLACEMENTS[slug](node.threshold or 0, _expression(node.metrics))
        metric = _metric(node.metrics, plain.source)
        node.metrics = None
        node.namespace = metric.namespace
        node.metric_name = plain.metric
        node.dimensions = metric.dimensions
        node.statistic = plain.statistic
        node.period = plain.period
        node.threshold = plain.threshold
        node.evaluation_periods = node.datapoints_to_alarm = 1


def _expression(queries: Any) -> str:
    (found,) = (query.expression for query in queries if query.expression)
    return str(found)


def _metric(queries: Any, metric_id: str) -> cloudwatch.CfnAlarm.MetricProperty:
    (found,) = (query.metric_stat.metric for query in queries if query.id == metric_id)
    return cast("cloudwatch.CfnAlarm.MetricProperty", found)
