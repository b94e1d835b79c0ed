"""The look into a dead-letter queue: how letters came there, without a look at what they say."""

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.slack_notifier.alerts.letters import Look, look
from tests.unit.fakes import client_error
from tests.unit.functions.slack_notifier.slack_fakes import Clock, FakeQueues, Scene, alarm, queue_url, shown

LETTERS = queue_url("letters")
WITH_BIOGRAPHY = {"biography": "{}", "reason": "permanent", "fingerprint": "c83d68dfbef7"}
CUT = {"reason": "permanent", "fingerprint": "c83d68dfbef7"}
"""There was no room for more."""


@pytest.fixture
def sqs() -> FakeQueues:
    return FakeQueues(Clock())


def test_letters_that_no_function_sent_are_counted(sqs: FakeQueues) -> None:
    for attributes in (WITH_BIOGRAPHY, CUT, {}, {"their": "own"}):
        sqs.send("ada@example.com", url=LETTERS, attributes=attributes)

    assert look(sqs, "letters") == Look(seen=4, moved_by_sqs=2, queue_url=LETTERS)


def test_letters_stay_where_everybody_sees_them(sqs: FakeQueues) -> None:
    sqs.send("{}", url=LETTERS)

    look(sqs, "letters")

    assert look(sqs, "letters").seen == 1


def test_ten_are_looked_at(sqs: FakeQueues) -> None:
    for _ in range(25):
        sqs.send("{}", url=LETTERS)

    assert look(sqs, "letters") == Look(seen=10, moved_by_sqs=10, queue_url=LETTERS)


def test_an_empty_queue_has_none(sqs: FakeQueues) -> None:
    sqs.queues[LETTERS] = []

    assert look(sqs, "letters") == Look(queue_url=LETTERS)


def test_a_queue_that_is_gone_is_no_failure_of_the_card(sqs: FakeQueues) -> None:
    assert look(sqs, "letters") == Look(failure="AWS.SimpleQueueService.NonExistentQueue")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (client_error("AccessDenied"), "AccessDenied"),
        (EndpointConnectionError(endpoint_url="https://sqs.test"), "EndpointConnectionError"),
    ],
)
def test_a_look_that_fails_says_why(sqs: FakeQueues, error: Exception, why: str) -> None:
    sqs.fail = lambda _operation: error

    assert look(sqs, "letters") == Look(failure=why)


def test_an_alarm_of_dead_letters_looks_into_its_queue() -> None:
    scene = Scene()
    scene.sqs.send("ada@example.com", url=queue_url("TalyAsync-Prod-EmailSendDeadLetters"))
    scene.send(alarm("dead-letters"))

    scene.run()

    (payload,) = scene.slack.posted
    assert "Looked at 1: 1 of them SQS itself moved there" in shown(payload)
    assert "ada@" not in shown(payload)
