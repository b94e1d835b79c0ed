"""The cost model's sizes of log lines and records are those that functions write, and at most 15 % more."""

import json
from datetime import timedelta
from typing import Any

import pytest

from lambdas.booking_created.handler import handler as booking_created
from lambdas.common.availability.circuit import Circuit
from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.clients.ses import Mail, Ses
from lambdas.email_send.handler import handler as email_send
from lambdas.queue_processor.handler import handler as queue_processor
from ops.cost.per_event import (
    CAUSE_BYTES,
    LINE_BYTES,
    LINK_BYTES,
    METRICS_BYTES,
    NOTES_PER_CALL,
    RECORD_BYTES,
    SAMPLE_BYTES,
    SUBJECT_BYTES,
)
from schemas.catalogue import BY_NAME
from schemas.destinations import RECORD_ACTIVITY, Destination, Route
from schemas.names import resource_name
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.messages import booking, email, text

TOLERANCE = 1.15
"""Highest ratio of an assumed size to the written size."""

RECORDS = 10
UUID = "b9a2c1ad-1111-4222-8333-444455556{:03}"
"""Ids as long as those of producers and of AWS."""

CONTEXT = FakeContext(
    function_name=resource_name("prod", max(BY_NAME, key=len)),
    aws_request_id=UUID.format(0),
)
"""The longest name of a function in stage prod."""


class Accepting:
    """An SES that accepts every email."""

    def send(self, mail: Mail) -> None:
        """Accept the email."""


TWO_SECONDS_AGO = (NOW - timedelta(seconds=2)).isoformat()
"""Gives a latency as many digits as in AWS."""


def records(message: dict[str, Any]) -> SqsEvent:
    sent = message | {"timestamp": TWO_SECONDS_AGO}
    event = sqs_event(*(text(sent | {"id": UUID.format(number)}) for number in range(RECORDS)))
    for number, record in enumerate(event["Records"]):
        record["messageId"] = UUID.format(number)
    return event


@pytest.fixture
def ingress() -> FunctionHarness:
    harness = FunctionHarness()
    queue_processor.process(records(booking()), CONTEXT, harness.runtime())
    assert harness.outcomes == ["routed"] * RECORDS
    return harness


@pytest.fixture
def reaction() -> FunctionHarness:
    harness = FunctionHarness()
    booking_created.process(records(booking()), CONTEXT, harness.runtime())
    assert harness.outcomes == ["succeeded"] * RECORDS
    return harness


@pytest.fixture
def job() -> FunctionHarness:
    harness = FunctionHarness(capabilities={Ses: Accepting()})
    email_send.process(records(email()), CONTEXT, harness.runtime())
    assert harness.outcomes == ["succeeded"] * RECORDS
    return harness


def longest_line(harness: FunctionHarness) -> int:
    return max(len(line) for line in harness.log if "outcome" in json.loads(line))


def metrics_record(harness: FunctionHarness) -> int:
    (record,) = (line for line in harness.log if "_aws" in json.loads(line))
    return len(record)


def test_an_outcome_line_is_as_long_as_assumed(ingress: FunctionHarness, job: FunctionHarness) -> None:
    written = max(longest_line(ingress), longest_line(job))

    assert written <= LINE_BYTES <= written * TOLERANCE


def test_follow_ups_make_a_line_as_much_longer_as_assumed(reaction: FunctionHarness) -> None:
    follow_ups = len(reaction.lines[0]["follow_ups"])
    written = longest_line(reaction)

    assert follow_ups == len(booking_created.event_type.emits)
    assert written <= LINE_BYTES + SUBJECT_BYTES + follow_ups * LINK_BYTES <= written * TOLERANCE


def test_a_cause_makes_a_line_as_much_longer_as_assumed() -> None:
    harness = FunctionHarness(capabilities={Ses: Accepting()})
    email_send.process(
        records(email(causationId=UUID.format(RECORDS), correlationId=UUID.format(RECORDS))), CONTEXT, harness.runtime()
    )
    written = longest_line(harness)

    assert written <= LINE_BYTES + CAUSE_BYTES <= written * TOLERANCE


@pytest.mark.parametrize("function", ["ingress", "reaction", "job"])
def test_a_batchs_metrics_record_is_as_long_as_assumed(function: str, request: pytest.FixtureRequest) -> None:
    written = metrics_record(request.getfixturevalue(function))

    assert written <= METRICS_BYTES + RECORDS * SAMPLE_BYTES <= written * TOLERANCE


@pytest.mark.parametrize("seconds", [0.1, 1, 4, 60, 3600])
def test_successes_are_noted_no_more_often_than_assumed(seconds: float) -> None:
    """A healthy process calls once every so many seconds."""
    calls, noted = list[Route](), list[Route]()

    def note(route: Route) -> bool:
        noted.append(route)
        return True

    circuit = Circuit(Destination.CRM, now=lambda: NOW + timedelta(seconds=len(calls) * seconds), note_success=note)

    while len(calls) < 1_000:
        calls.append(RECORD_ACTIVITY)
        circuit.succeeded(RECORD_ACTIVITY)

    assert 0 < len(noted) <= len(calls) * NOTES_PER_CALL


def test_an_idempotency_record_is_as_large_as_assumed(job: FunctionHarness) -> None:
    written = max(map(item_bytes, job.dynamodb.items.values()))

    assert written <= RECORD_BYTES <= written * TOLERANCE


def item_bytes(item: dict[str, Any]) -> int:
    """Compute an item's size as DynamoDB does.

    Names and strings count in UTF-8, a number takes a byte for two digits and one more; the overhead is 100 bytes.
    """
    return 100 + sum(
        len(name) + (len(value["S"].encode()) if "S" in value else len(value["N"]) // 2 + 2)
        for name, value in item.items()
    )
