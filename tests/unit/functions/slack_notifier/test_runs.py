"""Runs of the notifier: every alert is posted once, whatever SQS and Slack do."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.common.clients.http.errors import NoResponseError
from lambdas.common.errors import UnavailableError
from lambdas.slack_notifier.handler import handler
from lambdas.slack_notifier.slack.http_post import HttpResponse
from tests.fakes.service import client_error, failing, refusing
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    SECRET,
    WEBHOOK,
    NotifierHarness,
    alarm,
    dead_lettered,
    shown,
)

OTHER_WEBHOOK = "https://hooks.slack.com/services/T0/B0/thenextsecret"


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness()


def test_dead_letter_is_posted_and_its_alert_deleted(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())

    harness.run()

    assert harness.headers == ["🟠 prod: new: 1 dead letter of email.send, attempts exhausted"]
    assert harness.waiting == []


def test_empty_queue_posts_nothing(harness: NotifierHarness) -> None:
    harness.run()

    assert harness.slack.requests == []
    assert harness.logged("drained")[0] | {"alerts": 0, "deleted": 0, "left": 0} == harness.logged("drained")[0]


def test_ten_thousand_dead_letters_make_five_cards(harness: NotifierHarness) -> None:
    harness.send(*[dead_lettered(number, fingerprint=f"{number % 40:012x}") for number in range(10_000)])

    harness.run()

    posted = harness.logged("posted")
    assert [line["card"] for line in posted] == ["dead_letters"] * 4 + ["more"]
    assert sum(line["count"] for line in posted) == 10_000
    assert len({fingerprint for line in posted for fingerprint in line["fingerprints"]}) == 40
    assert harness.waiting == []


def reported(harness: NotifierHarness) -> int:
    """The dead letters on cards, and those that needed none because a card had said enough."""
    return sum(line["count"] for line in [*harness.logged("posted"), *harness.logged("quiet")])


def test_alerts_beyond_one_run_are_left_for_the_next(harness: NotifierHarness) -> None:
    harness.sqs.latency = 0.05
    harness.send(*[dead_lettered(number) for number in range(5_000)])

    harness.run()
    posted_by_the_first = harness.logged("drained")[0]["deleted"]
    harness.run()

    assert 2_000 < posted_by_the_first < 5_000
    assert reported(harness) == 5_000
    assert harness.waiting == []


def test_short_run_still_posts(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(), alarm())

    harness.run(seconds=5)

    assert len(harness.slack.posted) == 2


def test_overlapping_run_posts_nothing_twice(harness: NotifierHarness) -> None:
    harness.send(*[dead_lettered(number) for number in range(30)], alarm())
    post, overlaps = harness.slack.post, [True]

    def post_while_another_runs(url: str, body: bytes, seconds: float) -> HttpResponse:
        if overlaps.pop() if overlaps else False:
            handler.run(harness.context(), harness.runtime)
        return post(url, body, seconds)

    object.__setattr__(harness.runtime, "post", post_while_another_runs)
    harness.run()

    assert len(harness.logged("drained")) == 2
    assert [(line["card"], line["count"]) for line in harness.logged("posted")] == [("alarm", 1), ("dead_letters", 30)]


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(500, text="rollup_error"),
        HttpResponse(503),
        HttpResponse(408),
        HttpResponse(302),
        NoResponseError("ReadTimeoutError"),
    ],
    ids=["500", "503", "408", "302", "no answer"],
)
def test_failed_post_is_retried_once_then_left_for_the_next_run(
    harness: NotifierHarness, response: HttpResponse | Exception
) -> None:
    harness.send(dead_lettered(), alarm())
    harness.slack.responses = [response, response]

    harness.run()
    after_the_first = len(harness.slack.requests), len(harness.slack.posted), len(harness.waiting)
    harness.run()

    assert after_the_first == (2, 0, 2)
    assert len(harness.slack.posted) == 2
    assert harness.waiting == []


def test_one_slack_failure_is_retried_within_the_run(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.slack.responses = [HttpResponse(503)]

    harness.run()

    assert len(harness.slack.posted) == 1
    assert harness.logged("not posted") == []


def test_alerts_wait_while_slack_is_down_and_are_posted_after(harness: NotifierHarness) -> None:
    harness.slack.down = True
    for minute in range(30):
        harness.send(dead_lettered(minute, at=NOW + timedelta(minutes=minute), detail=f"minute {minute}"))
        harness.run()
    harness.slack.down = False
    harness.run()

    (payload,) = harness.slack.posted
    (line,) = harness.logged("posted")
    assert line["count"] == 30
    assert line["ids"] == [f"message-{minute}" for minute in range(30)]
    assert "RetryableError: minute 0" in shown(payload)
    assert "2026-11-24 14:29:00 UTC" in shown(payload)
    assert harness.waiting == []


def test_alerts_left_are_visible_to_the_next_run(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.slack.responses = [HttpResponse(503)] * 2

    harness.run()

    assert harness.waiting[0].visible_at <= harness.clock.now()


def test_age_of_the_oldest_alert_is_logged(harness: NotifierHarness) -> None:
    harness.slack.down = True
    harness.send(dead_lettered())

    for _ in range(11):
        harness.run()
    harness.slack.down = False
    harness.run()

    ages = [line["oldest_seconds"] for line in harness.logged("drained")]
    assert ages[:11] == sorted(ages[:11])
    assert 600 < ages[10] < 660, "SQS's own metric leaves out what was received three times"
    assert ages[11] == 0


def test_retry_after_is_waited_for_within_the_run(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.slack.responses = [HttpResponse(429, retry_after="20")]

    harness.run()

    assert len(harness.slack.posted) == 1
    assert (harness.clock.now() - NOW).total_seconds() == 60


def test_retry_after_longer_than_the_run_leaves_the_rest(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(), alarm())
    harness.slack.responses = [HttpResponse(200), HttpResponse(429, retry_after="60")]

    harness.run()

    assert len(harness.slack.requests) == 2
    assert harness.logged("drained")[0] | {"alerts": 2, "deleted": 1, "left": 1} == harness.logged("drained")[0]
    assert harness.logged("not posted")[0]["status"] == 429


def test_retry_after_that_leaves_no_time_to_delete_ends_the_run(harness: NotifierHarness) -> None:
    harness.sqs.latency = 0.04
    harness.send(*[dead_lettered(number) for number in range(6_000)])
    harness.slack.responses = [HttpResponse(429, retry_after="20")]

    harness.run()
    posted_by_the_first = harness.logged("posted")
    for _ in range(2):
        harness.run()

    assert posted_by_the_first == []
    assert reported(harness) == 6_000


def test_unusable_retry_after_means_one_second(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.slack.responses = [
        HttpResponse(429, retry_after="soon"),
        HttpResponse(429),
        HttpResponse(429, retry_after="0"),
    ]

    harness.run()

    assert len(harness.slack.posted) == 1
    assert harness.slack.responses == []


def test_refused_blocks_are_posted_as_text(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.slack.refuses = lambda payload: "blocks" in payload

    harness.run()

    (payload,) = harness.slack.posted
    assert "taly-async redrive email.send --cause c83d68dfbef7 --stage prod" in payload["text"]
    assert harness.logged("refused as blocks")[0]["why"] == "invalid_blocks"
    assert harness.logged("posted")
    assert harness.waiting == []


def test_refused_card_is_emailed_and_blocks_no_other(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(1, fingerprint="aaaaaaaaaaaa", count=9), dead_lettered(2, fingerprint="bbbbbbbbbbbb"))
    harness.slack.refuses = lambda payload: "aaaaaaaaaaaa" in json.dumps(payload)

    harness.run()

    assert [line["fingerprints"] for line in harness.logged("posted")] == [["bbbbbbbbbbbb"]]
    assert [line["fingerprints"] for line in harness.logged("refused by Slack")] == [["aaaaaaaaaaaa"]]
    assert [line["fingerprints"] for line in harness.logged("mailed")] == [["aaaaaaaaaaaa"]]
    assert len(harness.waiting) == 0


@pytest.mark.parametrize("status", [403, 404, 410])
def test_replaced_webhook_is_read_again(harness: NotifierHarness, status: int) -> None:
    harness.run()
    harness.secrets.secrets[SECRET] = OTHER_WEBHOOK
    harness.slack.urls = {OTHER_WEBHOOK}
    harness.slack.responses = [HttpResponse(status, text="no_service")]
    harness.send(dead_lettered(), alarm())

    harness.run()

    assert [url for url, _, _ in harness.slack.requests] == [WEBHOOK, OTHER_WEBHOOK, OTHER_WEBHOOK]
    assert len(harness.slack.posted) == 2
    assert len(harness.secrets.calls) == 2


@pytest.mark.parametrize("page", ["<html>Sign in</html>", "", "OK", "ok\n<html>", "invalid_blocks"])
def test_success_without_slacks_ok_leaves_alerts_in_the_queue(harness: NotifierHarness, page: str) -> None:
    proxy = HttpResponse(200, text=page or " ")
    harness.slack.responses = [proxy, proxy]
    harness.send(dead_lettered())

    harness.run()

    assert harness.slack.posted == []
    assert len(harness.waiting) == 1
    assert "is not Slack's" in harness.logged("not posted")[0]["why"]


def test_revoked_webhook_leaves_alerts_in_the_queue(harness: NotifierHarness) -> None:
    harness.slack.urls = set()
    harness.send(dead_lettered(), alarm())

    harness.run()

    assert len(harness.slack.requests) == 1
    assert len(harness.waiting) == 2
    assert harness.logged("not posted")[0]["why"] == "no_service"


def test_secret_is_read_once_per_process(harness: NotifierHarness) -> None:
    for number in range(3):
        harness.send(dead_lettered(number))
        harness.run()

    assert len(harness.secrets.calls) == 1


def test_post_timeout_is_five_seconds_or_what_is_left(harness: NotifierHarness) -> None:
    harness.slack.down = True
    harness.send(dead_lettered())

    harness.run()
    harness.run(seconds=7)

    given = [seconds for _, _, seconds in harness.slack.requests]
    assert given[:2] == [5, 5]
    assert 4 < given[2] < 5


def test_duplicate_delivery_is_counted_once_and_deleted(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(1, count=3), dead_lettered(1, count=3), dead_lettered(2))

    harness.run()

    assert harness.logged("posted")[0]["count"] == 4
    assert harness.waiting == []


def test_refused_deletion_is_retried(harness: NotifierHarness) -> None:
    refused: list[str] = []

    def refuse_once(operation: str, entry: Mapping[str, Any]) -> str | None:
        if operation == "delete_message_batch":
            refused.append(entry["ReceiptHandle"])
        return "InternalError" if refused.count(entry.get("ReceiptHandle", "")) == 1 else None

    harness.sqs.refuse = refuse_once
    harness.send(*[dead_lettered(number) for number in range(12)])

    harness.run()

    assert harness.waiting == []
    assert harness.logged("not deleted, will be posted again") == []


def test_failed_deletion_is_logged_and_leaves_the_alert(harness: NotifierHarness) -> None:
    harness.sqs.refuse = refusing("InternalError", "delete_message_batch")
    harness.send(dead_lettered())

    harness.run()

    assert harness.logged("not deleted, will be posted again")[0]["kept"] == 1
    assert len(harness.waiting) == 1


@pytest.mark.parametrize("operation", ["receive_message", "delete_message_batch"])
def test_sqs_error_fails_the_run_without_losing_alerts(harness: NotifierHarness, operation: str) -> None:
    harness.send(*[dead_lettered(number) for number in range(25)])
    calls = 0

    def fail(called: str, _request: Mapping[str, Any]) -> Exception | None:
        nonlocal calls
        calls += called == operation
        return client_error("ServiceUnavailable") if called == operation and calls == 2 else None

    harness.sqs.fail = fail
    with pytest.raises(ClientError):
        harness.run()
    left = len(harness.waiting)
    harness.run()

    assert 0 < left <= 25
    assert harness.waiting == []


def test_unreadable_secret_fails_the_run_before_receiving(harness: NotifierHarness) -> None:
    harness.send(dead_lettered())
    harness.secrets.fail = failing("AccessDeniedException")

    with pytest.raises(UnavailableError):
        harness.run()

    assert harness.waiting[0].receives == 0


def test_failed_release_does_not_fail_the_run(harness: NotifierHarness) -> None:
    harness.slack.down = True
    harness.sqs.fail = failing("Throttled", "change_message_visibility_batch")
    harness.send(dead_lettered())

    harness.run()

    assert len(harness.waiting) == 1
    assert harness.logged("drained")[0]["left"] == 1


def test_most_urgent_card_comes_first(harness: NotifierHarness) -> None:
    harness.send(
        alarm("depth", state="OK"),
        "no json",
        dead_lettered(),
        alarm("oldest"),
        alarm("unhealthy", subject="system"),
    )

    harness.run()

    assert harness.headers == [
        "🚨 Page: prod: The asynchronous backbone is unhealthy",
        "🔴 prod: email.send waits too long",
        "🟠 prod: new: 1 dead letter of email.send, attempts exhausted",
        "⚪ prod: 1 alert could not be read",
        "🟢 prod: recovered: The queue of email.send overflows",
    ]


def test_posted_log_line_names_the_card(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(7, count=2, ids=["a", "b"]))

    harness.run()

    line = harness.logged("posted")[0]
    assert line == {
        "level": "INFO",
        "message": "posted",
        "timestamp": line["timestamp"],
        "service": "slack_notifier",
        "function_name": "slack-notifier",
        "function_version": "5d41402a",
        "function_request_id": "request-1",
        "card": "dead_letters",
        "fingerprints": ["c83d68dfbef7"],
        "ids": ["a", "b"],
        "alarms": [],
        "count": 2,
        "news": "new",
        "total": 2,
    }


def test_log_line_names_fifty_ids_from_all_causes_in_turn(harness: NotifierHarness) -> None:
    ids: dict[str, Any] = {"drill": {"fingerprint": "dddddddddddd", "ids": ["the-drill"], "error": "DrillError"}}
    harness.send(
        *[
            dead_lettered(n, fingerprint=f"{n % 9:012x}", count=10, ids=[f"{n}-{i}" for i in range(10)])
            for n in range(99)
        ],
        dead_lettered(100, **ids["drill"]),
    )

    harness.run()

    posted = harness.logged("posted")
    assert all(len(line["ids"]) == 50 for line in posted)
    assert "the-drill" in posted[-1]["ids"][:6]


def test_log_never_holds_the_webhook_url(harness: NotifierHarness) -> None:
    harness.slack.responses = [
        HttpResponse(400, text=f"bad {WEBHOOK}"),
        HttpResponse(400, text=WEBHOOK),
        NoResponseError("ReadTimeoutError"),
        HttpResponse(500, text=WEBHOOK),
    ]
    harness.send(dead_lettered(), alarm())

    harness.run()

    assert harness.logged("not posted")
    assert "supersecret" not in "".join(harness.log)
    assert "hooks.slack.com" not in "".join(harness.log)
