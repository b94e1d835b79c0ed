"""The look into a dead-letter queue: how letters came there, without a look at what they say."""

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection, look
from tests.fakes.service import Clock, client_error
from tests.fakes.sqs import FakeSqs
from tests.unit.functions.slack_notifier.slack_fakes import NOW, Scene, alarm, queue_url, shown, unordered_queues

LETTERS = queue_url("letters")
WITH_BIOGRAPHY = {"biography": "{}", "reason": "permanent", "fingerprint": "c83d68dfbef7"}
CUT = {"reason": "permanent", "fingerprint": "c83d68dfbef7"}
"""There was no room for more."""


@pytest.fixture
def sqs() -> FakeSqs:
    return unordered_queues(Clock(NOW))


def put(sqs: FakeSqs, body: str, attributes: dict[str, str]) -> None:
    sqs.put(LETTERS, body, {name: {"StringValue": text, "DataType": "String"} for name, text in attributes.items()})


def test_letters_that_no_function_sent_are_counted(sqs: FakeSqs) -> None:
    for attributes in (WITH_BIOGRAPHY, CUT, {}, {"their": "own"}):
        put(sqs, "ada@example.com", attributes)

    assert look(sqs, "letters") == QueueInspection(seen=4, moved_by_sqs=2, queue_url=LETTERS)


def test_letters_stay_where_everybody_sees_them(sqs: FakeSqs) -> None:
    put(sqs, "{}", {})

    look(sqs, "letters")

    assert look(sqs, "letters").seen == 1


def test_ten_are_looked_at(sqs: FakeSqs) -> None:
    for _ in range(25):
        put(sqs, "{}", {})

    assert look(sqs, "letters") == QueueInspection(seen=10, moved_by_sqs=10, queue_url=LETTERS)


def test_an_empty_queue_has_none(sqs: FakeSqs) -> None:
    sqs.queues[LETTERS] = []

    assert look(sqs, "letters") == QueueInspection(queue_url=LETTERS)


def test_a_queue_that_is_gone_is_no_failure_of_the_card(sqs: FakeSqs) -> None:
    assert look(sqs, "letters") == QueueInspection(failure="AWS.SimpleQueueService.NonExistentQueue")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (client_error("AccessDenied"), "AccessDenied"),
        (EndpointConnectionError(endpoint_url="https://sqs.test"), "EndpointConnectionError"),
    ],
)
def test_a_look_that_fails_says_why(sqs: FakeSqs, error: Exception, why: str) -> None:
    sqs.fail = lambda *_: error

    assert look(sqs, "letters") == QueueInspection(failure=why)


def test_an_alarm_of_dead_letters_looks_into_its_queue() -> None:
    scene = Scene()
    scene.sqs.put(queue_url("TalyAsync-Prod-EmailSendDeadLetters"), "ada@example.com")
    scene.send(alarm("dead-letters"))

    scene.run()

    (payload,) = scene.slack.posted
    assert "Looked at 1: 1 of them SQS itself moved there" in shown(payload)
    assert "ada@" not in shown(payload)
