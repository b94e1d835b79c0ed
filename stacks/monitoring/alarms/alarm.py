"""One alarm: a signal about a subject, on a metric."""

import re
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import alarm_name
from schemas.signals import DEAD_LETTERS, Signal
from stacks.processing.function import Function
from stacks.stage import AlarmThresholds, Stage

AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD

ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD

BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


@dataclass(frozen=True, kw_only=True)
class AlarmDefinition:
    """What people are told of, and from when on."""

    signal: Signal
    subject: str
    """A type, a function without one, or `SYSTEM`."""

    metric: cloudwatch.IMetric
    threshold: float
    comparison: cloudwatch.ComparisonOperator = AT_LEAST
    periods: int = 1
    """The metric's last periods that are looked at."""

    breaching: int | None = None
    """So many of them must be beyond the threshold; None: all."""

    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING


class SignalAlarm(cloudwatch.Alarm):
    """Tells a topic when it begins and when it is over."""

    def __init__(self, scope: Construct, *, watch: AlarmDefinition, topic: sns.ITopic, stage: Stage) -> None:
        percentile = isinstance(watch.metric, cloudwatch.Metric) and watch.metric.statistic.startswith("p")
        super().__init__(
            scope,
            construct_id_of(watch.subject, watch.signal),
            alarm_name=alarm_name(stage.name, watch.subject, watch.signal.slug),
            alarm_description=watch.signal.description(watch.subject, stage.runbook_url),
            metric=watch.metric,
            threshold=watch.threshold,
            comparison_operator=watch.comparison,
            evaluation_periods=watch.periods,
            datapoints_to_alarm=watch.periods if watch.breaching is None else watch.breaching,
            treat_missing_data=watch.missing,
            # "ignore" would keep p95 as it is, off or on, in any period with fewer than 200 messages (CloudWatch User
            # Guide, "Percentile-based CloudWatch alarms and low data samples"): most reminders could be late untold.
            evaluate_low_sample_count_percentile="evaluate" if percentile else None,
        )
        tell(self, topic)


def construct_id_of(subject: str, signal: Signal) -> str:
    """`BookingCreatedDeadLetters`."""
    return "".join(word.capitalize() for word in re.split("[^a-z0-9]+", f"{subject} {signal.slug}"))


def tell(alarm: cloudwatch.AlarmBase, topic: sns.ITopic) -> None:
    """Let a topic be told when an alarm begins and when it is over."""
    action = actions.SnsAction(topic)
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """A type's function and its queues, or the ingress's."""

    name: str
    """The type, or the ingress's function: in alarms' names, and as the dimension `service` of its metrics."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    worker: Function
    thresholds: AlarmThresholds
    objective: timedelta | None = None
    """How soon 95 of 100 of its messages have succeeded; None: nobody is told of late ones."""

    dead: Signal = DEAD_LETTERS
    """What a letter in its dead-letter queue means."""
