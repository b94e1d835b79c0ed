"""What is measured: the functions' own metrics, and AWS's of their queues and functions."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from schemas.names import FAILURE, LATENCY, METRIC_NAMESPACE

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)

ATTEMPTS = "attempts"
FAILURES = "failures"
RECEIVED = "received"
DELETED = "deleted"
"""What metrics are called in expressions."""

_SUM = cloudwatch.Stats.SUM
_MOST = cloudwatch.Stats.MAXIMUM
_COUNT = cloudwatch.Stats.SAMPLE_COUNT


def failures(service: str) -> cloudwatch.Metric:
    """Failed attempts in five minutes."""
    return _own(FAILURE, service, _SUM, FIVE_MINUTES)


def attempts(service: str) -> cloudwatch.Metric:
    """All attempts in five minutes."""
    return _own(FAILURE, service, _COUNT, FIVE_MINUTES)


def latency(service: str, statistic: str) -> cloudwatch.Metric:
    """Milliseconds from a message's timestamp to its success, over five minutes."""
    return _own(LATENCY, service, statistic, FIVE_MINUTES)


def failing_share(service: str, *, floor: int) -> cloudwatch.MathExpression:
    """The share of five minutes' attempts that failed; 0 where there were fewer than `floor`."""
    return cloudwatch.MathExpression(
        expression=f"IF({ATTEMPTS} >= {floor}, {FAILURES} / {ATTEMPTS}, 0)",
        using_metrics={ATTEMPTS: attempts(service), FAILURES: failures(service)},
        period=FIVE_MINUTES,
        label="share that fails",
    )


def in_vain(queue: sqs.IQueue) -> cloudwatch.MathExpression:
    """1 where messages were received in five minutes, and none was done with.

    Not the age of the oldest: what is received each minute drops out of that metric after three minutes.
    """
    return cloudwatch.MathExpression(
        expression=f"IF({RECEIVED} > 0 AND {DELETED} < 1, 1, 0)",
        using_metrics={RECEIVED: received(queue), DELETED: deleted(queue)},
        period=FIVE_MINUTES,
        label="received in vain",
    )


def successes(service: str) -> cloudwatch.Metric:
    """Messages that succeeded in a minute, but for those that people sent back."""
    return _own(LATENCY, service, _COUNT, MINUTE)


def waiting(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Messages in a queue that nobody has received."""
    return queue.metric_approximate_number_of_messages_visible(statistic=_MOST, period=MINUTE)


def oldest(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Seconds that the oldest message of a queue has waited; one that was received three times counts no more."""
    return queue.metric_approximate_age_of_oldest_message(statistic=_MOST, period=MINUTE)


def received(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Messages that were received in five minutes, each as often as it was."""
    return queue.metric_number_of_messages_received(statistic=_SUM, period=FIVE_MINUTES)


def deleted(queue: sqs.IQueue) -> cloudwatch.Metric:
    """Messages that were deleted in five minutes: done with."""
    return queue.metric_number_of_messages_deleted(statistic=_SUM, period=FIVE_MINUTES)


def errors(function: lambda_.IFunction) -> cloudwatch.Metric:
    """Invocations in five minutes that did not end well: a partial batch response is none of them."""
    return function.metric_errors(statistic=_SUM, period=FIVE_MINUTES)


def starts(function: lambda_.IFunction) -> cloudwatch.Metric:
    """Invocations in a minute."""
    return function.metric_invocations(statistic=_SUM, period=MINUTE)


def throttles() -> cloudwatch.Metric:
    """Invocations that Lambda refused in a minute, of all functions of the account in the region."""
    return lambda_.Function.metric_all_throttles(statistic=_SUM, period=MINUTE)


def _own(name: str, service: str, statistic: str, period: cdk.Duration) -> cloudwatch.Metric:
    """A metric of the functions' own. Powertools gives it this one dimension: an alarm must name exactly the same."""
    return cloudwatch.Metric(
        namespace=METRIC_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service},
        statistic=statistic,
        period=period,
    )
