"""A record as Lambda passes it, and the history that travels with it."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.history import Attempt, MessageHistory, Wait
from schemas.wire import timestamp
from tests.fakes.function import SENDER, sqs_record

FAILED = Attempt(1, "CrmError", "the CRM answered 503", at="2026-04-14T14:00:00.000Z", duration_ms=12)

AT, LATER, LATEST = (f"2026-04-14T14:{minute}:00.000Z" for minute in ("00", "10", "20"))


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


def _with_waits(*, number: int = 1, **changes: object) -> str:
    wait = {"destination": "crm", "why": "w", "since": "2026-04-14T13:00:00Z", "until": "2026-04-14T13:10:00Z"}
    return json.dumps({"first_enqueued_at": "x", "waits": [wait | {"times": 2} | changes] * number})


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
        '{"first_enqueued_at": "x", "deliveries": -1}',
        '{"first_enqueued_at": "x", "attempts": [{"attempt": "1", "error": 2, "message": null}]}',
        '{"first_enqueued_at": "x", "not_before": "tomorrow"}',
        '{"first_enqueued_at": "x", "noted_as": "' + "m" * 101 + '"}',
        '{"first_enqueued_at": "x", "noted_as": true}',
        '{"first_enqueued_at": "x", "not_before": "2026-04-14T14:00:00"}',
        '{"first_enqueued_at": "x", "producer_attributes": {"a": 1}}',
        '{"first_enqueued_at": "x", "failed_at": "yesterday"}',
        '{"first_enqueued_at": "x", "failed_at": "2026-04-14T14:00:00"}',
        '{"first_enqueued_at": "x", "failed_at": 7}',
        '{"first_enqueued_at": "x", "failed_at": "2026-04-14T14:00:00Z' + " " * 100 + '"}',
        '{"first_enqueued_at": "x", "waits": 7}',
        '{"first_enqueued_at": "x", "waits": [7]}',
        '{"first_enqueued_at": "x", "waits": [{}]}',
        _with_waits(since=""),
        _with_waits(since="2026-04-14T14:00:00"),
        _with_waits(since="tomorrow"),
        _with_waits(until=""),
        _with_waits(until="<!channel>"),
        _with_waits(times=-1),
        _with_waits(times="7"),
        _with_waits(why=None),
        _with_waits(destination=7),
        _with_waits(number=6),
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


def test_the_waits_that_a_copy_carries_are_read() -> None:
    waited = MessageHistory("2026-04-14T13:00:00.000Z").unclear(LATER).waited("crm", "503", LATER)

    delivery = Delivery(sqs_record("{}", attributes=attribute(waited.to_json())))

    assert delivery.history == waited
    assert delivery.history.waits == (Wait("crm", "503", LATER, LATER, 1),)


def test_consecutive_waits_for_one_destination_are_one() -> None:
    history = MessageHistory("").waited("crm", "503", AT).waited("crm", "504", LATER).waited("crm", "", LATEST)

    assert history.waits == (Wait("crm", "504", AT, LATEST, 3),)
    assert history.deferrals == 3


def test_waits_for_another_destination_are_another_line() -> None:
    history = MessageHistory("").waited("crm", "503", AT).waited("table", "away", LATER).waited("crm", "503", LATEST)

    assert [(wait.destination, wait.since, wait.times) for wait in history.waits] == [
        ("crm", AT, 1),
        ("table", LATER, 1),
        ("crm", LATEST, 1),
    ]


def test_of_many_waits_the_first_and_the_last_four_are_kept() -> None:
    history = MessageHistory("")
    for number in range(20):
        history = history.waited("crm" if number % 2 else "table", str(number), AT)

    assert [wait.why for wait in history.waits] == ["0", "16", "17", "18", "19"]
    assert history.deferrals == 20


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
