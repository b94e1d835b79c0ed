"""What the dashboard says a day costs: usage times price, and a service without usage costs nothing."""

from typing import Any

import pytest

from stacks.monitoring.dashboard import prices
from tests.infrastructure.deployment import Deployment
from tests.infrastructure.monitoring.alarming import alerts_queue, queue_of, subjects
from tests.infrastructure.monitoring.metric_math import value
from tests.infrastructure.monitoring.test_dashboard import metrics, titled

DAY = 24 * 3600
GB = 1024**3


def costs(deployment: Deployment) -> dict[str, str]:
    """The expressions by their labels."""
    lines = titled(deployment, "By what is used")["properties"]["metrics"]
    return {line[0]["label"]: line[0]["expression"] for line in lines if len(line) == 1}


def usage(deployment: Deployment, **of_each: float) -> dict[str, float]:
    """Samples by their ids, so much of each metric of these names."""
    return {line[-1]["id"]: of_each[line[1]] for line in _lines(deployment) if line[1] in of_each}


def _lines(deployment: Deployment) -> list[list[Any]]:
    return metrics(titled(deployment, "By what is used"))


def test_every_metric_is_a_days_sum(prod: Deployment) -> None:
    assert {(line[-1]["stat"], line[-1]["period"]) for line in _lines(prod)} == {("Sum", DAY)}


@pytest.mark.parametrize("service", ["EventBridge", "SQS", "Lambda", "DynamoDB", "Logs"])
def test_what_nobody_used_costs_nothing(prod: Deployment, service: str) -> None:
    assert value(costs(prod)[service], {}) == 0


def test_a_million_events_of_each_type_cost_a_dollar_each(prod: Deployment) -> None:
    used = usage(prod, NumberOfMessagesSent=1_000_000)

    assert value(costs(prod)["EventBridge"], used) == pytest.approx(len(subjects()) - 1)


def test_every_message_of_every_queue_is_a_request(prod: Deployment) -> None:
    used = usage(prod, NumberOfMessagesReceived=1_000, NumberOfEmptyReceives=2_000)
    queues = {line[3] for line in _lines(prod) if line[1] == "NumberOfEmptyReceives"}

    worked_off = {str(queue_of(prod, subject)) for subject in subjects()}
    assert queues == worked_off | {str(alerts_queue(prod))}
    assert value(costs(prod)["SQS"], used) == pytest.approx(len(queues) * 3_000 * prices.SQS_REQUEST)


def test_functions_cost_by_their_memory_and_their_starts(prod: Deployment) -> None:
    functions = prod.resources("AWS::Lambda::Function")
    used = usage(prod, Duration=60_000, Invocations=1_000)

    gb_seconds = sum(60 * function.properties["MemorySize"] / 1024 for function in functions)
    starts = len(functions) * 1_000 * prices.LAMBDA_REQUEST
    assert value(costs(prod)["Lambda"], used) == pytest.approx(gb_seconds * prices.LAMBDA_GB_SECOND + starts, rel=1e-4)


def test_each_function_counts_with_its_own_memory(prod: Deployment) -> None:
    """The ingress has twice the others' memory."""
    ingress = str(prod.function_of(queue_of(prod, "queue_processor")))
    (used,) = (line[-1]["id"] for line in _lines(prod) if line[1] == "Duration" and line[3] == ingress)

    dollars = value(costs(prod)["Lambda"], {used: 1_000_000})

    assert dollars == pytest.approx(1_000 * 512 / 1024 * prices.LAMBDA_GB_SECOND, rel=1e-4)


def test_what_is_remembered_costs_by_write_and_read(prod: Deployment) -> None:
    used = usage(prod, ConsumedWriteCapacityUnits=1_000_000, ConsumedReadCapacityUnits=1_000_000)

    assert value(costs(prod)["DynamoDB"], used) == pytest.approx(0.75)


def test_logs_cost_by_the_byte(prod: Deployment) -> None:
    groups = prod.function_log_groups()

    assert value(costs(prod)["Logs"], usage(prod, IncomingBytes=GB)) == pytest.approx(0.5 * len(groups), rel=1e-4)
