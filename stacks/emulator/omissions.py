"""What the embedded emulator cannot create, and what it gets instead, so that no stack says "if local"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IConstruct

from schemas.names import FAILURE, alarm_parts
from schemas.signals import ALERTS_NOT_POSTED, FAILING
from stacks.errors import CannotSynthesizeError
from stacks.monitoring.alarms.metrics import ATTEMPTS, FAILURES, RECEIVED

NOT_EMULATED = {
    "AWS::Chatbot::SlackChannelConfiguration": "there is no Slack on loopback",
    "AWS::CloudWatch::CompositeAlarm": "only plain alarms are created",
    "AWS::EventSchemas::Discoverer": "no schema registry",
    "AWS::EventSchemas::Registry": "no schema registry",
    "AWS::EventSchemas::Schema": "no schema registry",
    "AWS::Events::Archive": "archives are made by its API, not by its CloudFormation",
    "AWS::Logs::Delivery": "no vended log deliveries",
    "AWS::Logs::DeliveryDestination": "no vended log deliveries",
    "AWS::Logs::DeliverySource": "no vended log deliveries",
    "AWS::Logs::QueryDefinition": "saved queries are for people at a console",
    "AWS::Scheduler::Schedule": "<aws.scheduler.scheduled-time> is not filled in: each heartbeat would be refused; "
    "and the notifier is started by who has the stage run, since its minute is shorter there",
}
"""CloudFormation types with the reason; what they would do is covered by the tests of the other stages' templates."""


@jsii.implements(cdk.IAspect)
class LeaveOutWhatIsNotEmulated:
    """Removes each resource of these types from the tree. None of them may be referred to by what stays."""

    def visit(self, node: IConstruct) -> None:
        """Take the node away, if it is of such a type."""
        if isinstance(node, cdk.CfnResource) and node.cfn_resource_type in NOT_EMULATED and node.node.scope:
            node.node.scope.node.try_remove_child(node.node.id)


@dataclass(frozen=True, kw_only=True)
class PlainAlarm:
    """What an alarm with metric math comes down to on one metric."""

    of: str
    """Which metric of the expression it takes namespace and dimensions from."""

    metric: str
    statistic: str
    period: int
    """Seconds."""

    threshold: float


def _failures(share: float, expression: str) -> PlainAlarm:
    """As many as that share is of the fewest attempts that say something."""
    (floor,) = re.findall(rf"{ATTEMPTS} >= ([0-9]+)", expression)
    fewest = ceil(Decimal(str(share)) * int(floor))
    return PlainAlarm(of=FAILURES, metric=FAILURE, statistic="Sum", period=300, threshold=fewest)


def _waiting(_threshold: float, _expression: str) -> PlainAlarm:
    """Ten minutes. On the emulator nobody takes a message out of this figure because it was received."""
    return PlainAlarm(
        of=RECEIVED, metric="ApproximateAgeOfOldestMessage", statistic="Maximum", period=60, threshold=600
    )


INSTEAD_OF_METRIC_MATH = {FAILING.slug: _failures, ALERTS_NOT_POSTED.slug: _waiting}
"""By the signals' slugs, of the alarm's own threshold and its expression."""


@jsii.implements(cdk.IAspect)
class PutMetricMathPlainly:
    """Makes a plain alarm of each that has metric math, which the emulator does not create."""

    def visit(self, node: IConstruct) -> None:
        """Rewrite the node, if it is such an alarm.

        Raises:
            CannotSynthesizeError: it is not said what that comes down to.
        """
        if not isinstance(node, cloudwatch.CfnAlarm) or not node.metrics:
            return
        name = node.alarm_name or ""
        _, slug = alarm_parts(name) or ("", "")
        if slug not in INSTEAD_OF_METRIC_MATH:
            raise CannotSynthesizeError(
                f"{name or node.node.path} has metric math: say in {__name__} what instead of it"
            )
        plain = INSTEAD_OF_METRIC_MATH[slug](node.threshold or 0, _expression(node.metrics))
        metric = _metric(node.metrics, plain.of)
        node.metrics = None
        node.namespace = metric.namespace
        node.metric_name = plain.metric
        node.dimensions = metric.dimensions
        node.statistic = plain.statistic
        node.period = plain.period
        node.threshold = plain.threshold
        node.evaluation_periods = node.datapoints_to_alarm = 1


def _expression(queries: Any) -> str:
    """What an alarm computes."""
    (found,) = (query.expression for query in queries if query.expression)
    return str(found)


def _metric(queries: Any, wanted: str) -> cloudwatch.CfnAlarm.MetricProperty:
    """The metric that an expression has by this name."""
    (found,) = (query.metric_stat.metric for query in queries if query.id == wanted)
    return cast("cloudwatch.CfnAlarm.MetricProperty", found)
