"""What the cost model takes for the sizes of lines and items is what functions really write, and little more."""

import json
from datetime import timedelta
from typing import Any

import pytest

from lambdas.booking_created.handler import handler as booking_created
from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.ses import Mail, Ses
from lambdas.email_send.handler import handler as email_send
from lambdas.queue_processor.handler import handler as queue_processor
from ops.cost.per_event import LINE_BYTES, LINK_BYTES, METRICS_BYTES, REMEMBERED_BYTES, SAMPLE_BYTES
from schemas.crm import CompanyWebhooks, WebhookEndpoint
from tests.fakes.function import NOW, FakeContext, World, sqs_event
from tests.messages import booking, company_webhooks, email, text

TOO_LONG = 1.15
"""How much more may be assumed than is written."""

RECORDS = 10
UUID = "b9a2c1ad-1111-4222-8333-444455556{:03}"
"""Ids as long as a producer's and AWS's."""

CONTEXT = FakeContext(
    function_name="TalyAsync-Prod-Processing-BookingCreatedFunctionA7-Abcdefghijkl",
    function_version="$LATEST",
    aws_request_id=UUID.format(0),
)
"""Names as long as CloudFormation's: 64 characters."""


class Subscribed:
    """A CRM that knows one endpoint."""

    def webhooks(self, company_id: str, event: str) -> tuple[WebhookEndpoint, ...]:
        return CompanyWebhooks.model_validate_json(json.dumps(company_webhooks("we_1"))).endpoints


class Accepting:
    """An SES that takes every mail."""

    def send(self, mail: Mail) -> None:
        """Take it."""


TWO_SECONDS_AGO = (NOW - timedelta(seconds=2)).isoformat()
"""So that a latency has as many digits as it has in AWS."""


def records(message: dict[str, Any]) -> SqsEvent:
    sent = message | {"timestamp": TWO_SECONDS_AGO}
    event = sqs_event(*(text(sent | {"id": UUID.format(number)}) for number in range(RECORDS)))
    for number, record in enumerate(event["Records"]):
        record["messageId"] = UUID.format(number)
    return event


@pytest.fixture
def ingress() -> World:
    world = World()
    queue_processor.process(records(booking()), CONTEXT, world.runtime())
    assert world.outcomes == ["routed"] * RECORDS
    return world


@pytest.fixture
def reaction() -> World:
    world = World(capabilities={Crm: Subscribed()})
    booking_created.process(records(booking()), CONTEXT, world.runtime())
    assert world.outcomes == ["succeeded"] * RECORDS
    return world


@pytest.fixture
def job() -> World:
    world = World(capabilities={Ses: Accepting()})
    email_send.process(records(email()), CONTEXT, world.runtime())
    assert world.outcomes == ["succeeded"] * RECORDS
    return world


def longest_line(world: World) -> int:
    return max(len(line) for line in world.log if "outcome" in json.loads(line))


def metrics_record(world: World) -> int:
    (record,) = (line for line in world.log if "_aws" in json.loads(line))
    return len(record)


def test_an_outcome_line_is_as_long_as_assumed(ingress: World, job: World) -> None:
    written = max(longest_line(ingress), longest_line(job))

    assert written <= LINE_BYTES <= written * TOO_LONG


def test_follow_ups_make_a_line_as_much_longer_as_assumed(reaction: World) -> None:
    follow_ups = len(reaction.lines[0]["follow_ups"])
    written = longest_line(reaction)

    assert follow_ups == len(booking_created.event_type.emits)
    assert written <= LINE_BYTES + follow_ups * LINK_BYTES <= written * TOO_LONG


def test_the_message_that_caused_it_makes_a_line_as_much_longer_as_assumed() -> None:
    world = World(capabilities={Ses: Accepting()})
    email_send.process(records(email(causationId=UUID.format(RECORDS))), CONTEXT, world.runtime())
    written = longest_line(world)

    assert written <= LINE_BYTES + LINK_BYTES <= written * TOO_LONG


@pytest.mark.parametrize("function", ["ingress", "reaction", "job"])
def test_a_batchs_metrics_record_is_as_long_as_assumed(function: str, request: pytest.FixtureRequest) -> None:
    written = metrics_record(request.getfixturevalue(function))

    assert written <= METRICS_BYTES + RECORDS * SAMPLE_BYTES <= written * TOO_LONG


def test_what_is_remembered_of_a_job_is_as_large_as_assumed(job: World) -> None:
    written = max(map(item_bytes, job.dynamodb.items.values()))

    assert written <= REMEMBERED_BYTES <= written * TOO_LONG


def item_bytes(item: dict[str, Any]) -> int:
    """As DynamoDB counts: names and texts in UTF-8, a number at two digits a byte and one more; 100 of its own."""
    return 100 + sum(
        len(name) + (len(value["S"].encode()) if "S" in value else len(value["N"]) // 2 + 2)
        for name, value in item.items()
    )
