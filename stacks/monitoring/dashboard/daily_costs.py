"""What a day's usage costs, service by service: an estimate of what grows with the messages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from stacks.monitoring.dashboard import prices
from stacks.processing.function import Function

CAVEAT = (
    "An estimate: usage as AWS counts it, times the list prices of us-east-1, free tiers left out "
    "(`stacks/monitoring/dashboard/prices.py`). EventBridge is reckoned by what comes to the types' queues, retries' "
    "copies among it; SQS as if each message went alone, though ten go in one request. What costs the same each day, "
    "such as alarms, metrics and this page, is told by `python -m ops cost`."
)

_DAY = cdk.Duration.days(1)
_SUM = cloudwatch.Stats.SUM


class _Cost:
    """Metrics times prices, put together term by term."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._terms: list[str] = []
        self._metrics: dict[str, cloudwatch.IMetric] = {}

    def add(self, metrics: Iterable[cloudwatch.IMetric], price: float) -> "_Cost":
        """Add what these count, each unit at `price` dollars."""
        prefix = self._name.lower()
        named = {f"{prefix}{index}": metric for index, metric in enumerate(metrics, start=len(self._metrics))}
        self._metrics |= named
        # Of a list, not with `+`, and filled: a metric without data that day would void the whole.
        self._terms.append(f"FILL(SUM([{', '.join(named)}]), 0) * {price:.15f}")
        return self

    def expression(self) -> cloudwatch.MathExpression:
        """Dollars a day."""
        return cloudwatch.MathExpression(
            expression=" + ".join(self._terms), using_metrics=self._metrics, period=_DAY, label=self._name
        )


def daily_costs(
    *,
    type_queues: Sequence[sqs.IQueue],
    other_queues: Sequence[sqs.IQueue],
    workers: Sequence[Function],
    idempotency_table: dynamodb.ITable,
) -> list[cloudwatch.MathExpression]:
    """Dollars a day, a line a service.

    Args:
        type_queues: where what was put on the bus arrives.
        other_queues: that are received from all day, too.
        workers: all functions.
        idempotency_table: where jobs are remembered.
    """
    costs = [
        # By what arrives: PutEvents' own metrics are those of the whole account.
        _Cost("EventBridge").add((_sent(queue) for queue in type_queues), prices.EVENT),
        _Cost("SQS").add(
            (requests for queue in (*type_queues, *other_queues) for requests in _requests(queue)), prices.SQS_REQUEST
        ),
        _lambda(workers),
        _Cost("DynamoDB")
        .add([idempotency_table.metric_consumed_write_capacity_units(statistic=_SUM)], prices.DYNAMODB_WRITE)
        .add([idempotency_table.metric_consumed_read_capacity_units(statistic=_SUM)], prices.DYNAMODB_READ),
        _Cost("Logs").add(
            (worker.log_group.metric_incoming_bytes(statistic=_SUM) for worker in workers), prices.LOG_BYTE
        ),
    ]
    return [cost.expression() for cost in costs]


def _lambda(workers: Sequence[Function]) -> _Cost:
    """Milliseconds times memory, for all of one size together, and the requests."""
    by_memory: defaultdict[int, list[lambda_.IFunction]] = defaultdict(list)
    for worker in workers:
        by_memory[worker.task.memory].append(worker.function)
    cost = _Cost("Lambda")
    for memory, functions in sorted(by_memory.items()):
        millisecond = prices.LAMBDA_GB_SECOND * memory / 1024 / 1000
        cost.add((function.metric_duration(statistic=_SUM) for function in functions), millisecond)
    return cost.add((worker.function.metric_invocations(statistic=_SUM) for worker in workers), prices.LAMBDA_REQUEST)


def _sent(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_number_of_messages_sent(statistic=_SUM)


def _requests(queue: sqs.IQueue) -> list[cloudwatch.Metric]:
    """Lambda asks a queue all day long: where there is little to do, most of it is for nothing."""
    return [
        _sent(queue),
        queue.metric_number_of_messages_received(statistic=_SUM),
        queue.metric_number_of_messages_deleted(statistic=_SUM),
        queue.metric_number_of_empty_receives(statistic=_SUM),
    ]
