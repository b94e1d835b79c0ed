"""Alarms and queries use only names of fields and metrics that functions write to their logs."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import FollowUp, LeftOut
from lambdas.common.handlers import reaction
from lambdas.queue_processor.handler import handler as ingress
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.names import FAILURE, LATENCY, QUEUE_PROCESSOR, metric_namespace
from schemas.wire import Payload
from stacks.monitoring.dashboard.saved_queries import QUERIES, LogQuery
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event, sqs_record
from tests.fakes.service import failing
from tests.messages import message

COMMANDS = {"fields", "filter", "stats", "sort", "limit"}
FUNCTIONS = {"count", "count_distinct", "min", "max", "latest", "ispresent"}
KEYWORDS = {"by", "as", "in", "and", "like", "asc", "desc"}
"""Commands, functions and keywords of CloudWatch Logs Insights' query language."""

CAUSE = "the-message-before"


class Task(Payload):
    """A task whose payload says how its handler ends."""

    end: str


TASK = EventType("test.task", Task, Kind.REACTION)


@reaction(TASK)
def handle(task: Message[Task]) -> Iterator[FollowUp]:
    if task.payload.end == "retried":
        raise ConnectionError
    if task.payload.end == "failed":
        raise PermanentError("it cannot be done")
    yield LeftOut("admins[0]: must be an object, found null")


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    """Return the log lines of a success that left something out, a retry, a dead letter, a refusal and a redelivery.

    All come without a message group.
    """
    harness = FunctionHarness(settings={"message_groups": "1"})
    bodies = [
        json.dumps(message(TASK.name, {"end": end}, id=end.replace(" ", "-"), causationId=CAUSE))
        for end in ("done", "retried", "failed")
    ]
    bodies.append(json.dumps(message(TASK.name, {"end": 7}, source="taly.crm")))
    handle.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    harness.dynamodb.fail = failing("ThrottlingException")
    handle.process({"Records": [sqs_record(bodies[0], receive_count=2)]}, FakeContext(), harness.runtime())
    assert harness.outcomes == ["succeeded", "retrying", "dead_lettered", "dead_lettered", "deferred"]
    return [json.loads(line) for line in harness.log]


def fields(query: LogQuery) -> set[str]:
    """Return the log fields in a query: without strings, its aliases, and Insights' own words."""
    text = re.sub('"[^"]*"', "", query.text)
    aliases = set(re.findall(r"\bas (\w+)", text))
    return set(re.findall(r"(?<![@\w])[a-z_]+", text)) - aliases - COMMANDS - FUNCTIONS - KEYWORDS


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_names_only_fields_that_functions_log(query: LogQuery, log: list[dict[str, Any]]) -> None:
    written = {name for line in log if "outcome" in line for name in line}

    assert fields(query) - written == set()


def test_alarms_use_metrics_that_functions_write(log: list[dict[str, Any]]) -> None:
    (record,) = (line for line in log if "_aws" in line)

    (directive,) = record["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == metric_namespace("prod")
    assert directive["Dimensions"] == [["service"]]
    assert record["service"] == TASK.name
    assert {metric["Name"] for metric in directive["Metrics"]} == {FAILURE, LATENCY}
    assert (record[FAILURE], len(record[LATENCY])) == ([0.0, 1.0, 1.0, 1.0], 1)


def test_the_ingress_has_the_same_name_in_logs_and_stacks() -> None:
    assert ingress.service == QUEUE_PROCESSOR
