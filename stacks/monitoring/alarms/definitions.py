"""All alarm definitions, with their thresholds."""

from collections.abc import Iterator
from datetime import timedelta

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from schemas import signals
from schemas.names import ACCOUNT, DEAD_LETTER_KEEPER, SLACK_NOTIFIER, SYSTEM
from schemas.signals import Signal
from schemas.system import SYSTEM_HEARTBEAT
from stacks.monitoring.alarms import metrics
from stacks.monitoring.alarms.alarm import ABOVE, BELOW, LONGEST_WARM_UP, AlarmDefinition, Monitored

_IGNORE = cloudwatch.TreatMissingData.IGNORE
"""Keep the alarm's state: after hours of inactivity SQS sends no metrics, even if messages are in the queue.

SES and SNS send none while nothing is sent.
"""

_NEARLY_SPENT = 0.8
"""Share of the month's budget for texts."""

_DELIVERED_TEXTS = 0.8
"""Share of texts; a number that its owner gave up, or a phone that is off for days, is a text that is not delivered."""

_BOUNCE_RATE, _COMPLAINT_RATE = 0.05, 0.001
"""From these SES may put the account under review (SES, "Creating reputation monitoring alarms using CloudWatch")."""

SKIPPED_SHARE = 0.5
"""Share of messages that may be skipped: a company that unsubscribes, or pays before its payment is charged again."""

_BREACHING = cloudwatch.TreatMissingData.BREACHING
"""Missing data is the condition that raises the alarm."""


def function_alarms(monitored: Monitored, *, stage: str) -> Iterator[AlarmDefinition]:
    """Define the alarms of one type, or of the ingress; `stage` is the stage's name."""
    name, thresholds = monitored.name, monitored.thresholds
    # A drill's dead letter is a heartbeat's, and is deleted within seconds: SQS's metric may count it in one minute.
    minutes = 2 if name == SYSTEM_HEARTBEAT.name else 1
    yield _any_visible(monitored.dead_letter_signal, name, monitored.dead_letter_queue, minutes=minutes)
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
        metric=metrics.failure_share(stage, name, minimum_attempts=thresholds.minimum_attempts),
        threshold=thresholds.failing,
        pages=not monitored.pages_on_dead_letters,
    )
    if monitored.can_skip:
        yield AlarmDefinition(
            signal=signals.SKIPPING,
            subject=name,
            metric=metrics.skipped_share(stage, name, minimum_messages=thresholds.minimum_attempts),
            threshold=SKIPPED_SHARE,
        )
    yield _crashes(monitored)
    if monitored.objective:
        yield AlarmDefinition(
            signal=signals.LATE,
            subject=name,
            metric=metrics.latency(stage, name, "p95"),
            threshold=monitored.objective / timedelta(milliseconds=1),
            comparison=ABOVE,
            evaluation_periods=3,
            datapoints_to_alarm=2,
        )


def system_alarms(
    *, unrouted: sqs.IQueue, undeliverable: sqs.IQueue, dead_schedules: sqs.IQueue, stage: str
) -> Iterator[AlarmDefinition]:
    """Define the alarms on resources that all types share; `stage` is the stage's name."""
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
        metric=metrics.successes(stage, SYSTEM_HEARTBEAT.name),
        threshold=1,
        comparison=BELOW,
        evaluation_periods=5,
        missing_data=_BREACHING,
    )


def account_alarms(text_budget: float) -> Iterator[AlarmDefinition]:
    """Define the alarms on the account's mail and texts, by which AWS stops them.

    Args:
        text_budget: dollars a month for texts.
    """
    yield AlarmDefinition(
        signal=signals.TEXT_BUDGET,
        subject=ACCOUNT,
        metric=metrics.text_spending(),
        threshold=round(_NEARLY_SPENT * text_budget, 2),
        missing_data=_IGNORE,
    )
    yield AlarmDefinition(
        signal=signals.UNDELIVERED_TEXTS,
        subject=ACCOUNT,
        metric=metrics.delivered_texts(),
        threshold=_DELIVERED_TEXTS,
        comparison=BELOW,
        # The three hours that such a query may look back; in two of them, as one text that fails is a share of 100%.
        evaluation_periods=3,
        datapoints_to_alarm=2,
    )
    for signal, rate, threshold in (
        (signals.BOUNCES, metrics.bounce_rate(), _BOUNCE_RATE),
        (signals.COMPLAINTS, metrics.complaint_rate(), _COMPLAINT_RATE),
    ):
        yield AlarmDefinition(signal=signal, subject=ACCOUNT, metric=rate, threshold=threshold, missing_data=_IGNORE)


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


def keeper_alarms(*, function_name: str) -> Iterator[AlarmDefinition]:
    """Define the alarms on the dead-letter keeper."""
    yield AlarmDefinition(
        signal=signals.KEEPER_FAILS, subject=DEAD_LETTER_KEEPER, metric=metrics.errors(function_name), threshold=1
    )
    # Two days: a missed run loses nothing, and a day of CloudWatch's may end before the day's run.
    yield AlarmDefinition(
        signal=signals.KEEPER_SILENT,
        subject=DEAD_LETTER_KEEPER,
        metric=metrics.invocations(function_name, metrics.DAY),
        threshold=1,
        comparison=BELOW,
        evaluation_periods=2,
        missing_data=_BREACHING,
        warm_up=LONGEST_WARM_UP,
    )


def is_unhealthy(definition: AlarmDefinition) -> bool:
    """Whether the alarm makes the whole backbone unhealthy: dead letters, or a problem of the system itself.

    Customers' endpoints cause nearly all dead letters of `webhook.deliver`, so these page nobody. Its crashes
    (`errors`) and exceptions (`failing`) page in their place. No endpoint causes them: what it does spends no attempt,
    and time and size of its answer are bounded.
    """
    is_systems = definition.subject == SYSTEM or definition.signal in {signals.DEAD_LETTERS, signals.REFUSED}
    return is_systems or definition.pages


def _crashes(monitored: Monitored) -> AlarmDefinition:
    """Alarm on one invocation that ended with an error; where that pages, on such invocations in two periods of three.

    A single crash wakes nobody: its message runs again. A message that crashes each time does so in two periods: SQS
    delivers it again after six times the function's timeout.
    """
    pages = not monitored.pages_on_dead_letters
    return AlarmDefinition(
        signal=signals.ERRORS,
        subject=monitored.name,
        metric=metrics.errors(monitored.function_name),
        threshold=1,
        evaluation_periods=3 if pages else 1,
        datapoints_to_alarm=2 if pages else 1,
        pages=pages,
    )


def _any_visible(signal: Signal, subject: str, queue: sqs.IQueue, *, minutes: int = 1) -> AlarmDefinition:
    """Alarm on a message that is visible in one minute, or in two, and recover after three minutes without one.

    Reading a dead letter hides it for a moment, so one minute without a visible message proves nothing.
    """
    return AlarmDefinition(
        signal=signal,
        subject=subject,
        metric=metrics.visible(queue),
        threshold=1,
        evaluation_periods=3,
        datapoints_to_alarm=minutes,
        missing_data=_IGNORE,
    )
