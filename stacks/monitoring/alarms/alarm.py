"""Definition and construct of one metric alarm: a signal about a subject."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import alarm_name
from schemas.signals import DEAD_LETTERS, UNDELIVERED_WEBHOOKS, Signal
from stacks.stage import AlarmThresholds, Stage

AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD

ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD

BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD

WARM_UP = 10
"""Minutes after its creation for which an alarm on missing data waits for the first data, at most."""

LONGEST_WARM_UP = 2_880
"""Minutes: two days, the most that CloudWatch allows (WarmUpConfiguration)."""


@dataclass(frozen=True, kw_only=True)
class AlarmDefinition:
    """When an alarm goes off, and what it signals."""

    signal: Signal
    subject: str
    """Subject of the alarm: a type, a function that serves no type, `SYSTEM`, or `ACCOUNT`."""

    metric: cloudwatch.IMetric
    threshold: float
    comparison: cloudwatch.ComparisonOperator = AT_LEAST
    evaluation_periods: int = 1
    """Number of the metric's last periods that are evaluated."""

    datapoints_to_alarm: int | None = None
    """Number of evaluated periods that must breach the threshold; None: all."""

    missing_data: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING
    warm_up: int = WARM_UP
    """Minutes after its creation for which an alarm on missing data waits for data, at most."""

    pages: bool = False
    """Whether it pages, although other alarms with its signal do not."""


class SignalAlarm(cloudwatch.Alarm):
    """A metric alarm that notifies a topic when it goes off and when it recovers."""

    def __init__(self, scope: Construct, *, definition: AlarmDefinition, topic: sns.ITopic, stage: Stage) -> None:
        metric, subject, signal = definition.metric, definition.subject, definition.signal
        is_percentile = isinstance(metric, cloudwatch.Metric) and metric.statistic.startswith("p")
        super().__init__(
            scope,
            alarm_construct_id(subject, signal),
            alarm_name=alarm_name(stage.name, subject, signal.slug),
            alarm_description=signal.description(subject, stage.runbook_url),
            metric=metric,
            threshold=definition.threshold,
            comparison_operator=definition.comparison,
            evaluation_periods=definition.evaluation_periods,
            datapoints_to_alarm=definition.datapoints_to_alarm or definition.evaluation_periods,
            treat_missing_data=definition.missing_data,
            # "ignore" would keep the state of a p95 alarm in any period with fewer than 200 messages (CloudWatch User
            # Guide, "Percentile-based CloudWatch alarms and low data samples"): late reminders would go unnoticed.
            evaluate_low_sample_count_percentile="evaluate" if is_percentile else None,
        )
        if definition.missing_data is cloudwatch.TreatMissingData.BREACHING:
            # Without it the alarm of a new stage goes off at once, since there are no data yet. The period ends as soon
            # as there are enough (CloudWatch User Guide, "Alarm warm-up periods").
            cast(
                "cloudwatch.CfnAlarm", self.node.default_child
            ).warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
                warm_up_period_duration_in_minutes=definition.warm_up
            )
        notify(self, topic)


def alarm_construct_id(subject: str, signal: Signal) -> str:
    """Return an alarm's construct id, such as `BookingCreatedDeadLetters`."""
    return "".join(word.capitalize() for word in re.split("[^a-z0-9]+", f"{subject} {signal.slug}"))


def notify(alarm: cloudwatch.AlarmBase, topic: sns.ITopic) -> None:
    """Let an alarm notify a topic when it goes off and when it recovers."""
    action = actions.SnsAction(topic)
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """A function with its queues and alarm thresholds: the function of a type, or the ingress function."""

    name: str
    """The type, or the ingress function: in alarm names, and as the metric dimension `service`."""

    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    function_name: str
    log_group: logs.ILogGroup
    thresholds: AlarmThresholds
    can_skip: bool = False
    """Whether it skips messages by what the CRM answers."""

    objective: timedelta | None = None
    """Latency within which 95% of its messages are to succeed; None: no alarm on latency."""

    dead_letter_signal: Signal = DEAD_LETTERS
    """What a message in the dead-letter queue signals."""

    @property
    def pages_on_dead_letters(self) -> bool:
        """Whether a dead letter pages. If not, because it is nearly always a customer's endpoint, its own faults do."""
        return self.dead_letter_signal is not UNDELIVERED_WEBHOOKS
