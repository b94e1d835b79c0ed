"""Inspection of a dead-letter queue: how its messages came there, without reading their bodies."""

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection, inspect
from tests.fakes.service import Clock, client_error
from tests.fakes.sqs import FakeSqs
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    NotifierHarness,
    alarm,
    queue_url,
    shown,
    unordered_queues,
)

QUEUE_URL = queue_url("dead-letters")
WITH_BIOGRAPHY = {"biography": "{}", "reason": "permanent", "fingerprint": "c83d68dfbef7"}
CUT = {"reason": "permanent", "fingerprint": "c83d68dfbef7"}
"""The attributes of a message whose size left no room for the failure history."""


@pytest.fixture
def sqs() -> FakeSqs:
    return unordered_queues(Clock(NOW))


def put(sqs: FakeSqs, body: str, attributes: dict[str, str]) -> None:
    sqs.put(QUEUE_URL, body, {name: {"StringValue": text, "DataType": "String"} for name, text in attributes.items()})


def test_dead_letters_moved_by_sqs_are_counted(sqs: FakeSqs) -> None:
    for attributes in (WITH_BIOGRAPHY, CUT, {}, {"their": "own"}):
        put(sqs, "ada@example.com", attributes)

    assert inspect(sqs, "dead-letters") == QueueInspection(checked=4, moved_by_sqs=2, queue_url=QUEUE_URL)


def test_inspected_dead_letters_stay_visible(sqs: FakeSqs) -> None:
    put(sqs, "{}", {})

    inspect(sqs, "dead-letters")

    assert inspect(sqs, "dead-letters").checked == 1


def test_at_most_ten_are_inspected(sqs: FakeSqs) -> None:
    for _ in range(25):
        put(sqs, "{}", {})

    assert inspect(sqs, "dead-letters") == QueueInspection(checked=10, moved_by_sqs=10, queue_url=QUEUE_URL)


def test_empty_queue_gives_zero(sqs: FakeSqs) -> None:
    sqs.queues[QUEUE_URL] = []

    assert inspect(sqs, "dead-letters") == QueueInspection(queue_url=QUEUE_URL)


def test_deleted_queue_is_reported_as_failure(sqs: FakeSqs) -> None:
    assert inspect(sqs, "dead-letters") == QueueInspection(failure="AWS.SimpleQueueService.NonExistentQueue")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (client_error("AccessDenied"), "AccessDenied"),
        (EndpointConnectionError(endpoint_url="https://sqs.test"), "EndpointConnectionError"),
    ],
)
def test_failed_inspection_states_the_error(sqs: FakeSqs, error: Exception, failure: str) -> None:
    sqs.fail = lambda *_: error

    assert inspect(sqs, "dead-letters") == QueueInspection(failure=failure)


def test_dead_letter_alarm_inspects_its_queue() -> None:
    harness = NotifierHarness()
    harness.sqs.put(queue_url("taly-async-prod-email-send-dlq"), "ada@example.com")
    harness.send(alarm("dead-letters"))

    harness.run()

    (payload,) = harness.slack.posted
    assert "Checked 1 dead letter: SQS itself moved 1 there" in shown(payload)
    assert "ada@" not in shown(payload)
