"""CloudWatch metrics: those that the functions write, and AWS's for queues and functions."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from schemas.names import FAILURE, LATENCY, PAUSED, SKIPPED, metric_namespace, search_by_service

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)
HOUR = cdk.Duration.hours(1)
DAY = cdk.Duration.days(1)

ATTEMPTS = "attempts"
FAILURES = "failures"
MESSAGES = "messages"
SKIPS = "skips"
RECEIVED = "received"
DELETED = "deleted"
"""Ids of metrics in expressions."""

_SUM = cloudwatch.Stats.SUM
_MAXIMUM = cloudwatch.Stats.MAXIMUM
_COUNT = cloudwatch.Stats.SAMPLE_COUNT


def failures(stage: str, service: str) -> cloudwatch.Metric:
    """Failed attempts in five minutes."""
    return _function_metric(stage, FAILURE, service, _SUM, FIVE_MINUTES)


def attempts(stage: str, service: str) -> cloudwatch.Metric:
    """All attempts in five minutes."""
    return _function_metric(stage, FAILURE, service, _COUNT, FIVE_MINUTES)


def skips(stage: str, service: str) -> cloudwatch.Metric:
    """Skipped messages in five minutes."""
    return _function_metric(stage, SKIPPED, service, _SUM, FIVE_MINUTES)


def messages(stage: str, service: str) -> cloudwatch.Metric:
    """Skipped messages and all attempts in five minutes, of a type that can skip."""
    return _function_metric(stage, SKIPPED, service, _COUNT, FIVE_MINUTES)


def latency(stage: str, service: str, statistic: str) -> cloudwatch.Metric:
    """Milliseconds from a message's timestamp to its success, over five minutes."""
    return _function_metric(stage, LATENCY, service, statistic, FIVE_MINUTES)


def failure_share(stage: str, service: str, *, minimum_attempts: int) -> cloudwatch.MathExpression:
    """Share of failed attempts in five minutes; 0 if there were fewer than `minimum_attempts`."""
    return cloudwatch.MathExpression(
        expression=f"IF({ATTEMPTS} >= {minimum_attempts}, {FAILURES} / {ATTEMPTS}, 0)",
        using_metrics={ATTEMPTS: attempts(stage, service), FAILURES: failures(stage, service)},
        period=FIVE_MINUTES,
        label="share of attempts that failed",
    )


def skipped_share(stage: str, service: str, *, minimum_messages: int) -> cloudwatch.MathExpression:
    """Share of skipped messages in five minutes; 0 if there were fewer than `minimum_messages`."""
    return cloudwatch.MathExpression(
        expression=f"IF({MESSAGES} >= {minimum_messages}, {SKIPS} / {MESSAGES}, 0)",
        using_metrics={MESSAGES: messages(stage, service), SKIPS: skips(stage, service)},
        period=FIVE_MINUTES,
        label="share of messages that were skipped",
    )


def received_without_deletion(queue: sqs.IQueue) -> cloudwatch.MathExpression:
    """1 if messages were received in five minutes and none was deleted, else 0.

    The age of the oldest message does not show this: SQS drops a message from that metric after three receives, and the
    notifier receives every minute.

    A period without a datapoint of deletions counts as one without deletions. Without `FILL` the condition would be
    false there (CloudWatch User Guide, "Comparison and logical operators").
    """
    return cloudwatch.MathExpression(
        expression=f"IF({RECEIVED} > 0 AND FILL({DELETED}, 0) < 1, 1, 0)",
        using_metrics={RECEIVED: received(queue), DELETED: deleted(queue)},
        period=FIVE_MINUTES,
        label="received and none deleted",
    )


def successes(stage: str, service: str) -> cloudwatch.Metric:
    """Messages that succeeded in a minute, without redriven ones, which have no latency."""
    return _function_metric(stage, LATENCY, service, _COUNT, MINUTE)


def paused(stage: str) -> cloudwatch.SearchExpression:
    """Return 1 a minute for each service that is paused.

    A service that was never paused has no such metric, so this searches for those that there are.
    """
    return cloudwatch.SearchExpression(expression=search_by_service(stage, PAUSED, _MAXIMUM), period=MINUTE, label="")


def visible(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Visible messages of a queue."""
    return queue.metric_approximate_number_of_messages_visible(statistic=_MAXIMUM, period=MINUTE)


def age_of_oldest(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Age of a queue's oldest message in seconds; messages received three times do not count."""
    return queue.metric_approximate_age_of_oldest_message(statistic=_MAXIMUM, period=MINUTE)


def received(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Receives of messages in five minutes; every receive of a message counts."""
    return queue.metric_number_of_messages_received(statistic=_SUM, period=FIVE_MINUTES)


def deleted(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Messages deleted in five minutes."""
    return queue.metric_number_of_messages_deleted(statistic=_SUM, period=FIVE_MINUTES)


def errors(function_name: str) -> cloudwatch.Metric:
    """Invocations that failed in five minutes; a partial batch response is no failure."""
    return _lambda_metric("Errors", function_name, FIVE_MINUTES)


def invocations(function_name: str, period: cdk.Duration = MINUTE) -> cloudwatch.Metric:
    """Invocations in a minute, or in another period."""
    return _lambda_metric("Invocations", function_name, period)


SES_COUNTS = {"Send": "accepted", "Delivery": "delivered", "Reject": "rejected", "Bounce": "bounced"}
"""SES's metrics of an account, and what each counts (SES, "Retrieving Amazon SES event data from CloudWatch")."""


def ses_count(name: str) -> cloudwatch.Metric:
    """Emails of the account that SES counts under a name, in five minutes."""
    return cloudwatch.Metric(namespace="AWS/SES", metric_name=name, statistic=_SUM, period=FIVE_MINUTES)


def bounce_rate() -> cloudwatch.Metric:
    """Share of the account's recent emails that bounced, 0 to 1 (SES, "Creating reputation monitoring alarms")."""
    return _reputation("BounceRate")


def complaint_rate() -> cloudwatch.Metric:
    """Share of the account's recent emails that recipients marked as spam, 0 to 1 (the same page of SES's guide)."""
    return _reputation("ComplaintRate")


def text_spending() -> cloudwatch.Metric:
    """Dollars that the account's texts have cost this month.

    At the account's limit SNS accepts texts and sends none (SNS, "Monitoring Amazon SNS topics using CloudWatch";
    `MonthlySpendLimit`).
    """
    return cloudwatch.Metric(
        namespace="AWS/SNS", metric_name="SMSMonthToDateSpentUSD", statistic=_MAXIMUM, period=FIVE_MINUTES
    )


def delivered_texts() -> cloudwatch.MathExpression:
    """Share of the account's texts that were delivered in an hour, 0 to 1, to all countries.

    SNS gives the metric by `Country` and `SMSType`, so this is a query over all of them (CloudWatch User Guide, "Create
    alarms on Metrics Insights queries").
    """
    return cloudwatch.MathExpression(
        expression='SELECT AVG(SMSSuccessRate) FROM SCHEMA("AWS/SNS", Country, SMSType)',
        using_metrics={},
        period=HOUR,
        label="share of texts that were delivered",
    )


def throttles() -> cloudwatch.Metric:
    """Throttled invocations in a minute, of all functions of the account in the region."""
    return lambda_.Function.metric_all_throttles(statistic=_SUM, period=MINUTE)


def _reputation(rate: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(namespace="AWS/SES", metric_name=f"Reputation.{rate}", statistic=_MAXIMUM, period=HOUR)


def _lambda_metric(name: str, function_name: str, period: cdk.Duration) -> cloudwatch.Metric:
    """Return the sum of one of Lambda's metrics of a function."""
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": function_name},
        statistic=_SUM,
        period=period,
    )


def _function_metric(stage: str, name: str, service: str, statistic: str, period: cdk.Duration) -> cloudwatch.Metric:
    """Return a metric that functions write; Powertools gives it one dimension, which an alarm must name exactly."""
    return cloudwatch.Metric(
        namespace=metric_namespace(stage),
        metric_name=name,
        dimensions_map={"service": service},
        statistic=statistic,
        period=period,
    )
