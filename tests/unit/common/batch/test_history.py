"""A record as Lambda passes it, and the history that travels with it."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.history import Attempt, MessageHistory
from lambdas.common.times import timestamp
from tests.fakes.function import SENDER, sqs_record

FAILED = Attempt(1, "CrmError", "the CRM answered 503", at="2026-04-14T14:00:00.000Z", duration_ms=12)


def attribute(text: str) -> dict[str, dict[str, str]]:
    return {"history": {"stringValue": text, "dataType": "String"}}


def test_a_new_record_begins_its_history_when_it_was_first_sent() -> None:
    delivery = Delivery(sqs_record("{}"))

    assert delivery.history == MessageHistory("2026-04-14T14:00:00.000Z", sender=SENDER.partition(":")[0])


def test_a_copy_continues_the_history_that_it_carries() -> None:
    history = MessageHistory("2026-04-14T13:00:00.000Z", (FAILED,), deferrals=2, producer_attributes={"trace": "é"})

    delivery = Delivery(sqs_record("{}", attributes=attribute(history.to_json())))

    assert delivery.history == history
    assert history.to_json().isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        '{"attempts": 7}',
        '{"attempts": [{}]}',
        '{"attempts": [], "x": 1}',
        "[" * 10,
        "[" * 100_000,
        '{"first_enqueued_at": "x", "deferrals": "many"}',
        '{"first_enqueued_at": "x", "deferrals": -1}',
        '{"first_enqueued_at": "x", "attempts": [{"attempt": "1", "error": 2, "message": null}]}',
        '{"first_enqueued_at": "x", "not_before": "tomorrow"}',
        '{"first_enqueued_at": "x", "noted_as": "' + "m" * 101 + '"}',
        '{"first_enqueued_at": "x", "noted_as": true}',
        '{"first_enqueued_at": "x", "not_before": "2026-04-14T14:00:00"}',
        '{"first_enqueued_at": "x", "producer_attributes": {"a": 1}}',
    ],
)
def test_an_attribute_that_is_not_our_history_is_the_producers(text: str) -> None:
    delivery = Delivery(sqs_record("{}", attributes=attribute(text)))

    assert delivery.history.producer_attributes == {"history": text}
    assert delivery.history.attempts == ()


def test_a_history_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    newer = '{"first_enqueued_at": "2026-04-14T13:00:00.000Z", "deferrals": 2, "invented_later": true}'

    delivery = Delivery(sqs_record("{}", attributes=attribute(newer)))

    assert delivery.history == MessageHistory("2026-04-14T13:00:00.000Z", deferrals=2)


def test_a_binary_attribute_is_kept_as_the_base64_that_lambda_passes() -> None:
    delivery = Delivery(sqs_record("{}", attributes={"blob": {"binaryValue": "AAE=", "dataType": "Binary"}}))

    assert delivery.history.producer_attributes == {"blob": "AAE="}


def test_a_crash_is_entered_once_per_unknown_attempt() -> None:
    history = MessageHistory("2026-04-14T13:00:00.000Z", (FAILED,)).crashed(1, lost=3)

    assert [(attempt.attempt, attempt.error) for attempt in history.attempts] == [
        (1, "CrmError"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]


def test_a_history_keeps_the_last_twenty_attempts() -> None:
    history = MessageHistory("2026-04-14T13:00:00.000Z")
    for number in range(1, 30):
        history = history.failed(Attempt(number, "E", "e"))

    assert [attempt.attempt for attempt in history.attempts] == list(range(10, 30))
    assert len(MessageHistory("").crashed(1, lost=10**9).attempts) == 20


def test_a_history_of_20_long_attempts_fits_beside_a_large_body() -> None:
    longest = Attempt(2**53, "E" * 80, "é" * 300, at="2026-04-14T14:00:00.000Z", duration_ms=10**6)
    history = MessageHistory("2026-04-14T13:00:00.000Z")
    for _ in range(20):
        history = history.failed(longest)

    assert len(history.to_json()) < 64 * 1024
    assert json.loads(history.to_json())["deferrals"] == 0


def test_times_are_in_utc_with_milliseconds() -> None:
    berlin = timezone(timedelta(hours=2))

    assert timestamp(datetime(2026, 4, 14, 16, 0, 0, 123456, tzinfo=berlin)) == "2026-04-14T14:00:00.123Z"
    assert timestamp(datetime(2026, 4, 14, tzinfo=UTC)) == "2026-04-14T00:00:00.000Z"
