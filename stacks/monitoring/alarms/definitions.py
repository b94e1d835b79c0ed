"""Which alarms there are, and from when on."""

from collections.abc import Iterator
from datetime import timedelta

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from schemas import signals
from schemas.names import SLACK_NOTIFIER, SYSTEM
from schemas.signals import Signal
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms import metrics
from stacks.monitoring.alarms.alarm import ABOVE, BELOW, AlarmDefinition, Monitored

_IGNORE = cloudwatch.TreatMissingData.IGNORE
"""SQS falls silent after hours without a call, while letters still lie there: such an alarm stays as it is."""

_BREACHING = cloudwatch.TreatMissingData.BREACHING
"""Silence itself is what is alarmed about."""


def of_subject(subject: Monitored) -> Iterator[AlarmDefinition]:
    """What people are told of a type, or of the ingress."""
    name, thresholds = subject.name, subject.thresholds
    yield _resting(subject.dead, name, subject.dead_letter_queue)
    yield AlarmDefinition(
        signal=signals.OLDEST,
        subject=name,
        metric=metrics.oldest(subject.queue),
        threshold=thresholds.oldest,
        periods=3,
    )
    yield AlarmDefinition(
        signal=signals.DEPTH,
        subject=name,
        metric=metrics.waiting(subject.queue),
        threshold=thresholds.depth,
        periods=3,
    )
    yield AlarmDefinition(
        signal=signals.FAILING,
        subject=name,
        metric=metrics.failing_share(name, floor=thresholds.floor),
        threshold=thresholds.failing,
    )
    yield AlarmDefinition(
        signal=signals.ERRORS, subject=name, metric=metrics.errors(subject.worker.function), threshold=1
    )
    if subject.objective:
        yield AlarmDefinition(
            signal=signals.LATE,
            subject=name,
            metric=metrics.latency(name, "p95"),
            threshold=subject.objective / timedelta(milliseconds=1),
            comparison=ABOVE,
            periods=3,
            breaching=2,
        )


def of_system(
    *, unrouted: sqs.IQueue, undeliverable: sqs.IQueue, dead_schedules: sqs.IQueue
) -> Iterator[AlarmDefinition]:
    """What people are told of that all types share."""
    yield _resting(signals.UNROUTED, SYSTEM, unrouted)
    yield _resting(signals.UNDELIVERABLE, SYSTEM, undeliverable)
    yield _resting(signals.DEAD_SCHEDULES, SYSTEM, dead_schedules)
    # Five minutes on end: a burst that is over in one is what queues are for.
    yield AlarmDefinition(signal=signals.THROTTLES, subject=SYSTEM, metric=metrics.throttles(), threshold=1, periods=5)
    yield AlarmDefinition(
        signal=signals.HEARTBEAT,
        subject=SYSTEM,
        metric=metrics.successes(SYSTEM_HEARTBEAT.name),
        threshold=1,
        comparison=BELOW,
        periods=5,
        missing=_BREACHING,
    )


def of_notifier(*, function: lambda_.IFunction, alerts_queue: sqs.IQueue) -> Iterator[AlarmDefinition]:
    """What people are told of who tells them."""
    yield AlarmDefinition(
        signal=signals.NOTIFIER_FAILS, subject=SLACK_NOTIFIER, metric=metrics.errors(function), threshold=1
    )
    yield AlarmDefinition(
        signal=signals.NOTIFIER_SILENT,
        subject=SLACK_NOTIFIER,
        metric=metrics.starts(function),
        threshold=1,
        comparison=BELOW,
        periods=5,
        missing=_BREACHING,
    )
    # Twice five minutes.
    yield AlarmDefinition(
        signal=signals.ALERTS_NOT_POSTED,
        subject=SLACK_NOTIFIER,
        metric=metrics.in_vain(alerts_queue),
        threshold=1,
        periods=2,
    )


def is_unhealthy(watch: AlarmDefinition) -> bool:
    """Whether the backbone as a whole is unhealthy while this one is on: messages given up, or the system itself."""
    return watch.subject == SYSTEM or watch.signal in {signals.DEAD_LETTERS, signals.REFUSED}


def _resting(signal: Signal, subject: str, queue: sqs.IQueue) -> AlarmDefinition:
    """From the first letter on, at once, until none was seen for three minutes.

    Whoever looks at letters hides them from this figure meanwhile: a minute without any says nothing yet.
    """
    return AlarmDefinition(
        signal=signal,
        subject=subject,
        metric=metrics.waiting(queue),
        threshold=1,
        periods=3,
        breaching=1,
        missing=_IGNORE,
    )
