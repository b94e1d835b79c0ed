"""All alarm definitions, with their thresholds."""

from collections.abc import Iterator
from datetime import timedelta

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from schemas import signals
from schemas.names import SLACK_NOTIFIER, SYSTEM
from schemas.signals import Signal
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms import metrics
from stacks.monitoring.alarms.alarm import ABOVE, BELOW, AlarmDefinition, Monitored

_IGNORE = cloudwatch.TreatMissingData.IGNORE
"""Keep the alarm's state: after hours of inactivity SQS sends no metrics, even if messages are in the queue."""

SKIPPED_SHARE = 0.5
"""Share of messages that may be skipped: a company that unsubscribes, or pays before its payment is charged again."""

_BREACHING = cloudwatch.TreatMissingData.BREACHING
"""Missing data is the condition that raises the alarm."""


def function_alarms(monitored: Monitored) -> Iterator[AlarmDefinition]:
    """Define the alarms of one type, or of the ingress."""
    name, thresholds = monitored.name, monitored.thresholds
    yield _any_visible(monitored.dead_letter_signal, name, monitored.dead_letter_queue)
    yield AlarmDefinition(
        signal=signals.OLDEST,
        subject=name,
        metric=metrics.age_of_oldest(monitored.queue),
        threshold=thresholds.oldest,
        evaluation_periods=3,
    )
    yield AlarmDefinition(
        signal=signals.DEPTH,
        subject=name,
        metric=metrics.visible(monitored.queue),
        threshold=thresholds.depth,
        evaluation_periods=3,
    )
    yield AlarmDefinition(
        signal=signals.FAILING,
        subject=name,
        metric=metrics.failure_share(name, minimum_attempts=thresholds.minimum_attempts),
        threshold=thresholds.failing,
    )
    if monitored.can_skip:
        yield AlarmDefinition(
            signal=signals.SKIPPING,
            subject=name,
            metric=metrics.skipped_share(name, minimum_messages=thresholds.minimum_attempts),
            threshold=SKIPPED_SHARE,
        )
    yield AlarmDefinition(
        signal=signals.ERRORS, subject=name, metric=metrics.errors(monitored.function_name), threshold=1
    )
    if monitored.objective:
        yield AlarmDefinition(
            signal=signals.LATE,
            subject=name,
            metric=metrics.latency(name, "p95"),
            threshold=monitored.objective / timedelta(milliseconds=1),
            comparison=ABOVE,
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )


def system_alarms(
    *, unrouted: sqs.IQueue, undeliverable: sqs.IQueue, dead_schedules: sqs.IQueue
) -> Iterator[AlarmDefinition]:
    """Define the alarms on resources that all types share."""
    yield _any_visible(signals.UNROUTED, SYSTEM, unrouted)
    yield _any_visible(signals.UNDELIVERABLE, SYSTEM, undeliverable)
    yield _any_visible(signals.DEAD_SCHEDULES, SYSTEM, dead_schedules)
    # Five minutes in a row: queues are there to absorb shorter bursts.
    yield AlarmDefinition(
        signal=signals.THROTTLES, subject=SYSTEM, metric=metrics.throttles(), threshold=1, evaluation_periods=5
    )
    yield AlarmDefinition(
        signal=signals.HEARTBEAT,
        subject=SYSTEM,
        metric=metrics.successes(SYSTEM_HEARTBEAT.name),
        threshold=1,
        comparison=BELOW,
        evaluation_periods=5,
        missing_data=_BREACHING,
    )


def notifier_alarms(*, function_name: str, alerts_queue: sqs.IQueue) -> Iterator[AlarmDefinition]:
    """Define the alarms on the Slack notifier."""
    yield AlarmDefinition(
        signal=signals.NOTIFIER_FAILS, subject=SLACK_NOTIFIER, metric=metrics.errors(function_name), threshold=1
    )
    yield AlarmDefinition(
        signal=signals.NOTIFIER_SILENT,
        subject=SLACK_NOTIFIER,
        metric=metrics.invocations(function_name),
        threshold=1,
        comparison=BELOW,
        evaluation_periods=5,
        missing_data=_BREACHING,
    )
    # Two periods of five minutes.
    yield AlarmDefinition(
        signal=signals.ALERT_NOT_PUBLISHED,
        subject=SLACK_NOTIFIER,
        metric=metrics.received_without_deletion(alerts_queue),
        threshold=1,
        evaluation_periods=2,
    )


def is_unhealthy(definition: AlarmDefinition) -> bool:
    """Whether the alarm makes the whole backbone unhealthy: dead letters, or a problem of the system itself."""
    return definition.subject == SYSTEM or definition.signal in {signals.DEAD_LETTERS, signals.REFUSED}


def _any_visible(signal: Signal, subject: str, queue: sqs.IQueue) -> AlarmDefinition:
    """Alarm on the first visible message, and recover after three minutes without one.

    Reading a dead letter hides it for a moment, so one minute without a visible message proves nothing.
    """
    return AlarmDefinition(
        signal=signal,
        subject=subject,
        metric=metrics.visible(queue),
        threshold=1,
        evaluation_periods=3,
        datapoints_to_alarm=1,
        missing_data=_IGNORE,
    )
