"""Cards about systems that are unavailable: one a destination, then one an hour, and one when it is over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.availability.health import Health
from lambdas.slack_notifier.cards.outage_cards import duration
from lambdas.slack_notifier.slack.http_post import HttpResponse
from schemas.destinations import (
    GENERATE_REPORT,
    KEEP_RECORDS,
    PUT_EVENTS,
    READ_PAYMENT,
    RECORD_ACTIVITY,
    SEND_EMAIL,
)
from tests.fakes.service import failing
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    OFF,
    TABLE,
    NotifierHarness,
    alarm,
    dead_lettered,
    shown,
)

SINCE = NOW - timedelta(minutes=31)
TO_DO = "Store the CRM's new token in the secret."


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness()


def minutes(harness: NotifierHarness, count: int, *, fails: bool = True) -> None:
    """Run the notifier for some minutes, in which the CRM's activities fail or nothing happens."""
    for _ in range(count):
        if fails:
            harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
        harness.run()


def only(payloads: list[Mapping[str, Any]]) -> str:
    (payload,) = payloads
    return shown(payload)


def test_a_card_says_what_waits_since_when_and_that_it_goes_on(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.wait("activity.record", 40)
    harness.wait("report.generate", 3)

    harness.run()

    text = only(harness.slack.posted)
    assert harness.headers == ["🔵 prod: The CRM has not answered since 13:29 UTC"]
    assert "43 messages of 2 types wait, the oldest for 31 min. Nothing to do: they go on by themselves." in text
    assert "`activity.record`: 40 messages" in text
    assert "it answered 503" in text
    (line,) = harness.logged("posted")
    assert (line["card"], line["destination"], line["count"]) == ("outage", "crm", 43)


def test_the_card_says_what_functions_noted(harness: NotifierHarness) -> None:
    health = Health(harness.dynamodb, TABLE, now=harness.clock.now, has_time=lambda: True)
    health.failed(RECORD_ACTIVITY, message_id="task-1", why="the CRM answered 401", to_do=TO_DO)
    harness.clock.sleep(61)
    health.failed(RECORD_ACTIVITY, message_id="task-2", why="the CRM answered 401", to_do=TO_DO)
    health.expired(RECORD_ACTIVITY)
    harness.run()
    health.expired(RECORD_ACTIVITY)
    health.succeeded(RECORD_ACTIVITY)
    harness.run()

    assert harness.headers == [
        "🔴 prod: The CRM has refused our calls since 14:00 UTC",
        "🟢 prod: The CRM answers again",
    ]
    assert "the CRM answered 401" in shown(harness.slack.posted[0])
    assert "1 message was skipped as expired" in shown(harness.slack.posted[1])
    assert "task-" not in str(harness.slack.posted)


def test_a_failure_of_less_than_a_minute_gets_no_card(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=NOW - timedelta(seconds=59))

    harness.run()

    assert harness.slack.posted == []
    assert "get_queue_attributes" not in harness.sqs.calls


def test_a_failure_of_a_minute_gets_a_card(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=NOW - timedelta(seconds=60))

    harness.run()

    assert len(harness.slack.posted) == 1


def test_what_people_must_do_comes_first(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE, to_do=TO_DO)
    harness.wait("activity.record", 5)

    harness.run()

    (payload,) = harness.slack.posted
    first = payload["blocks"][1]["text"]["text"]
    assert first.startswith(f"To do: {TO_DO}")
    assert "5 messages of 1 type wait, the oldest for 31 min. Once that is done, they go on by themselves." in first
    assert "Nothing to do" not in shown(payload)
    assert TO_DO in payload["text"]


def test_something_to_do_that_is_new_does_not_wait_an_hour(harness: NotifierHarness) -> None:
    minutes(harness, 2)
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE, to_do=TO_DO)

    harness.run()
    harness.run()

    assert len(harness.slack.posted) == 2
    assert TO_DO in shown(harness.slack.posted[1])


def test_the_card_is_repeated_once_an_hour(harness: NotifierHarness) -> None:
    minutes(harness, 121)

    assert len(harness.slack.posted) == 3


def test_a_new_process_does_not_repeat_the_card(harness: NotifierHarness) -> None:
    minutes(harness, 1)
    harness.new_process()
    minutes(harness, 5)

    assert len(harness.slack.posted) == 1


def test_several_destinations_have_a_card_each(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.dynamodb.note_failure(SEND_EMAIL, since=SINCE)
    harness.dynamodb.note_failure(PUT_EVENTS, since=SINCE)
    harness.wait("queue_processor", 2)

    harness.run()

    starts = [header.removesuffix(" has not answered since 13:29 UTC") for header in harness.headers]
    assert starts == ["🔵 prod: The CRM", "🔵 prod: Amazon SES", "🔵 prod: The event bus"]
    assert "`queue_processor`: 2 messages" in shown(harness.slack.posted[2])


def test_several_routes_of_a_destination_share_a_card(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.dynamodb.note_failure(GENERATE_REPORT, since=NOW - timedelta(minutes=40))

    harness.run()

    assert harness.headers == ["🔵 prod: The CRM has not answered since 13:20 UTC"]
    assert "Only these calls fail" not in shown(harness.slack.posted[0])


def test_failing_routes_are_named_where_others_work(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.dynamodb.note_success(READ_PAYMENT)

    harness.run()

    assert "Only these calls fail, and others work: `POST /internal/activity`." in only(harness.slack.posted)


def test_messages_that_do_not_wait_are_not_counted(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.wait("activity.record", 5)
    for _ in range(7):
        harness.sqs.put("https://sqs.eu-central-1.amazonaws.com/123456789012/payment-retry", "{}")

    harness.run()

    assert "5 messages of 1 type wait" in only(harness.slack.posted)


def test_an_outage_that_began_yesterday_has_its_date(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=NOW - timedelta(hours=26, minutes=5))
    harness.wait("activity.record", 1)

    harness.run()

    assert harness.headers == ["🔵 prod: The CRM has not answered since 2026-11-23 11:55 UTC"]
    assert "1 message of 1 type waits, the oldest for 1 d 2 h." in shown(harness.slack.posted[0])


def test_the_end_says_how_long_it_lasted_and_the_backlog_took(harness: NotifierHarness) -> None:
    harness.wait("activity.record", 40)
    minutes(harness, 2)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    minutes(harness, 3, fails=False)
    before = len(harness.slack.posted)
    harness.wait("activity.record", 0)

    harness.run()
    harness.run()

    assert before == 1
    assert len(harness.slack.posted) == 2
    assert harness.headers[1] == "🟢 prod: The CRM answers again"
    text = shown(harness.slack.posted[1])
    assert "It was unavailable for 33 min, since" in text
    assert "Up to 40 messages waited, and the backlog was done in 3 min." in text
    assert harness.logged("posted")[1]["card"] == "outage_over"


def test_an_end_without_a_backlog_comes_at_once(harness: NotifierHarness) -> None:
    minutes(harness, 1)
    harness.dynamodb.note_success(RECORD_ACTIVITY)

    harness.run()

    assert "No message waited." in shown(harness.slack.posted[1])


def test_an_end_waits_an_hour_for_the_backlog_at_most(harness: NotifierHarness) -> None:
    harness.wait("activity.record", 40)
    minutes(harness, 1)
    harness.dynamodb.note_success(RECORD_ACTIVITY)

    minutes(harness, 62, fails=False)

    assert len(harness.slack.posted) == 2
    assert "40 still wait 1 h later." in shown(harness.slack.posted[1])


def test_a_new_process_says_that_it_is_over(harness: NotifierHarness) -> None:
    harness.wait("activity.record", 40)
    minutes(harness, 1)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.run()
    harness.new_process()
    harness.wait("activity.record", 0)

    harness.run()

    assert harness.headers[1] == "🟢 prod: The CRM answers again"
    assert "Up to 40 messages waited" in shown(harness.slack.posted[1])


def test_a_relapse_before_the_backlog_is_done_is_one_outage(harness: NotifierHarness) -> None:
    harness.wait("activity.record", 40)
    minutes(harness, 1)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.run()
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=harness.clock.now())
    harness.run()
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.wait("activity.record", 0)

    harness.run()

    assert len(harness.slack.posted) == 2
    assert "It was unavailable for 34 min" in shown(harness.slack.posted[1])


def test_outages_in_quick_succession_are_cards_ten_minutes_apart(harness: NotifierHarness) -> None:
    minutes(harness, 1)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.run()
    began = harness.clock.now()

    for _ in range(10):
        harness.dynamodb.note_failure(RECORD_ACTIVITY, since=began)
        harness.run()

    assert [header[0] for header in harness.headers] == ["🔵", "🟢", "🔵"]


def test_what_expired_is_counted_for_this_outage_alone(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.dynamodb.note_expired(RECORD_ACTIVITY, 5)
    harness.run()
    harness.dynamodb.note_expired(RECORD_ACTIVITY, 17)
    harness.dynamodb.note_success(RECORD_ACTIVITY)

    harness.run()

    assert "expired" not in shown(harness.slack.posted[0])
    assert "12 messages were skipped as expired" in shown(harness.slack.posted[1])


def test_a_card_that_slack_did_not_take_is_posted_in_the_next_minute(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.slack.responses = [HttpResponse(503), HttpResponse(503)]
    harness.run()
    before = len(harness.slack.posted)

    harness.run()

    assert before == 0
    assert len(harness.slack.posted) == 1


def test_an_old_failure_that_nobody_repeated_gets_no_card(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.clock.sleep(21 * 60)

    harness.run()

    assert harness.slack.posted == []


def test_messages_told_to_come_in_hours_keep_the_outage_open(harness: NotifierHarness) -> None:
    harness.wait("activity.record", 4)
    minutes(harness, 1)

    minutes(harness, 40, fails=False)

    assert len(harness.slack.posted) == 1


def test_an_outage_that_nobody_waits_for_any_more_ends_without_an_answer(harness: NotifierHarness) -> None:
    minutes(harness, 1)

    minutes(harness, 22, fails=False)

    assert harness.headers[1:] == ["🟢 prod: nothing waits for the CRM any more"]


@pytest.mark.parametrize("slug", ["oldest", "depth", "late"])
def test_an_alarm_of_a_waiting_type_says_why(harness: NotifierHarness, slug: str) -> None:
    harness.dynamodb.note_failure(SEND_EMAIL, since=SINCE)
    harness.send(alarm(slug, subject="email.send"), alarm(slug, subject="sms.send"))

    harness.run()

    by_title = dict(zip(harness.headers, map(shown, harness.slack.posted), strict=True))
    reason = "Messages of this type wait for it. Nothing to do: they go on by themselves."
    ((title, text),) = ((title, text) for title, text in by_title.items() if reason in text)
    assert title.startswith("🔵")
    assert "email.send" in title
    assert "Amazon SES has not answered since <!date^" in text
    assert "Likely:" not in text
    assert [title for title in by_title if title.startswith("🔴")] == [
        title for title, text in by_title.items() if "sms.send" in title and "Likely:" in text
    ]


def test_an_alarm_of_a_type_that_waits_for_people_says_what_to_do(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(SEND_EMAIL, since=SINCE, to_do=TO_DO)
    harness.send(alarm("oldest", subject="email.send"))

    harness.run()

    assert f"Messages of this type wait for it. To do: {TO_DO}" in shown(harness.slack.posted[1])
    assert harness.headers[1].startswith("🔴")


def test_another_alarm_says_nothing_of_waiting(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(SEND_EMAIL, since=SINCE)
    harness.send(alarm("errors", subject="email.send"))

    harness.run()

    assert not any("wait for it" in shown(payload) for payload in harness.slack.posted if "🔴" in shown(payload))


def test_all_items_are_read_in_one_call(harness: NotifierHarness) -> None:
    harness.run()

    assert harness.dynamodb.calls == ["batch_get_item", "scan"]


def test_keys_that_dynamodb_leaves_are_asked_again(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.dynamodb.note_failure(PUT_EVENTS, since=SINCE)
    harness.dynamodb.keys_a_call = 10

    harness.run()

    assert harness.dynamodb.calls.count("batch_get_item") == 3
    assert len(harness.slack.posted) == 2


def test_a_table_that_leaves_keys_each_time_counts_as_away(harness: NotifierHarness) -> None:
    harness.dynamodb.keys_a_call = 1

    minutes(harness, 3, fails=False)

    assert harness.headers == ["🔵 prod: The idempotency table has not answered since 14:00 UTC"]
    assert "UnprocessedError" in shown(harness.slack.posted[0])


def test_without_the_table_other_cards_are_posted_and_it_gets_its_own(harness: NotifierHarness) -> None:
    harness.dynamodb.fail = lambda _operation, _request: EndpointConnectionError(endpoint_url="https://dynamodb")
    harness.wait("email.send", 6)
    harness.send(dead_lettered(), alarm("errors"))

    minutes(harness, 5, fails=False)

    assert harness.waiting == []
    assert len(harness.slack.posted) == 3
    assert harness.headers[2] == "🔵 prod: The idempotency table has not answered since 14:00 UTC"
    assert "6 messages of 1 type wait" in shown(harness.slack.posted[2])


def test_the_table_that_answers_again_gets_its_end(harness: NotifierHarness) -> None:
    harness.dynamodb.fail = failing("InternalServerError")
    minutes(harness, 3, fails=False)
    harness.dynamodb.fail = lambda _operation, _request: None

    minutes(harness, 2, fails=False)

    assert [header[0] for header in harness.headers] == ["🔵", "🟢"]
    assert "cards#table" in harness.dynamodb.items


def test_a_table_that_may_not_be_read_has_something_to_do(harness: NotifierHarness) -> None:
    harness.dynamodb.fail = failing("AccessDeniedException")

    minutes(harness, 2, fails=False)

    text = only(harness.slack.posted)
    assert "To do: The function's role may not call dynamodb:BatchGetItem: deploy the stage again" in text
    assert "AccessDeniedException" in text


def test_what_was_said_survives_a_table_that_takes_no_write(harness: NotifierHarness) -> None:
    def refuse_writes(operation: str, request: Mapping[str, Any]) -> Exception | None:
        return failing("InternalServerError")(operation, request) if operation == "put_item" else None

    harness.dynamodb.fail = refuse_writes
    minutes(harness, 5)
    harness.dynamodb.fail = lambda _operation, _request: None
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.run()
    harness.new_process()
    minutes(harness, 1)

    assert len(harness.slack.posted) == 1
    assert harness.logged("not remembered in the idempotency table")


def test_queues_that_cannot_be_counted_do_not_stop_the_card(harness: NotifierHarness) -> None:
    def refuse_counts(operation: str, request: Mapping[str, Any]) -> Exception | None:
        return failing("OverLimit")(operation, request) if operation == "get_queue_attributes" else None

    harness.sqs.fail = refuse_counts
    harness.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    harness.send(dead_lettered())

    harness.run()

    assert "How many messages wait is not known: SQS did not say." in shown(harness.slack.posted[0])
    assert len(harness.slack.posted) == 2
    assert harness.sqs.calls.count("get_queue_attributes") == 2, "a queue of messages, and one of dead letters"


def test_items_that_are_not_as_functions_write_them_are_no_failure(harness: NotifierHarness) -> None:
    key = RECORD_ACTIVITY.health_key
    odd = {"failing_since": "yesterday", "failed_at": "9999-12-31T23:59:59-23:00", "succeeded_at": "2026-11-24"}
    harness.dynamodb.items[key] = {"id": {"S": key}, "expired": {"N": "1e9"}} | {
        name: {"S": text} for name, text in odd.items()
    }
    harness.dynamodb.items["cards#crm"] = {"id": {"S": "cards#crm"}, "since": {"S": "x"}}

    harness.run()

    assert harness.slack.posted == []


def test_a_function_cannot_write_markup_into_the_card(harness: NotifierHarness) -> None:
    harness.dynamodb.note_failure(
        RECORD_ACTIVITY, since=SINCE, why="<!channel> ```", to_do="<https://evil.example|click>"
    )

    harness.run()

    text = only(harness.slack.posted)
    assert "<!channel>" not in text
    assert "<https://evil" not in text


def test_while_slack_is_off_the_card_comes_by_email_once_an_hour() -> None:
    harness = NotifierHarness(secret=OFF)
    harness.wait("activity.record", 4)

    minutes(harness, 62)
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.wait("activity.record", 0)
    minutes(harness, 2, fails=False)

    subjects = [mail["Subject"] for mail in harness.sns.published]
    assert len(subjects) == 3
    assert subjects[0].startswith("[prod] The CRM has not answered since 13:29 UTC. 4 messages of 1 type wait")
    assert subjects[2].startswith("[prod] The CRM answers again after")
    assert "Nothing to do: they go on by themselves." in " ".join(harness.sns.published[0]["Message"].split())


def test_nothing_that_fails_costs_one_call_a_minute(harness: NotifierHarness) -> None:
    harness.dynamodb.note_success(RECORD_ACTIVITY)
    harness.dynamodb.note_success(KEEP_RECORDS)

    minutes(harness, 3, fails=False)

    assert harness.dynamodb.calls == ["batch_get_item", "scan"] * 3
    assert "get_queue_attributes" not in harness.sqs.calls


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(hours=5, minutes=3), "5 h 3 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=2, hours=4, minutes=59), "2 d 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(time: timedelta, text: str) -> None:
    assert duration(time) == text
