"""Runs of the notifier: every alert is posted once, whatever SQS and Slack do."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.slack_notifier.handler import handler
from lambdas.slack_notifier.slack.http_post import HttpResponse, NoResponseError
from tests.fakes.service import client_error, failing, refusing
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    SECRET,
    WEBHOOK,
    Scene,
    alarm,
    dead_lettered,
    shown,
)

OTHER_WEBHOOK = "https://hooks.slack.com/services/T0/B0/thenextsecret"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_dead_letter_is_posted_and_its_alert_deleted(scene: Scene) -> None:
    scene.send(dead_lettered())

    scene.run()

    assert scene.headers == ["🟠 prod: 1 dead letter of email.send, attempts exhausted"]
    assert scene.waiting == []


def test_empty_queue_posts_nothing(scene: Scene) -> None:
    scene.run()

    assert scene.slack.asked == []
    assert scene.said("drained")[0] | {"alerts": 0, "posted": 0, "left": 0} == scene.said("drained")[0]


def test_ten_thousand_dead_letters_make_five_cards(scene: Scene) -> None:
    scene.send(*[dead_lettered(number, fingerprint=f"{number % 40:012x}") for number in range(10_000)])

    scene.run()

    posted = scene.said("posted")
    assert [line["card"] for line in posted] == ["dead_letters"] * 4 + ["more"]
    assert sum(line["count"] for line in posted) == 10_000
    assert len({fingerprint for line in posted for fingerprint in line["fingerprints"]}) == 40
    assert scene.waiting == []


def test_alerts_beyond_one_run_are_left_for_the_next(scene: Scene) -> None:
    scene.sqs.latency = 0.05
    scene.send(*[dead_lettered(number) for number in range(5_000)])

    scene.run()
    posted_by_the_first = scene.said("drained")[0]["posted"]
    scene.run()

    assert 2_000 < posted_by_the_first < 5_000
    assert sum(line["count"] for line in scene.said("posted")) == 5_000
    assert scene.waiting == []


def test_short_run_still_posts(scene: Scene) -> None:
    scene.send(dead_lettered(), alarm())

    scene.run(seconds=5)

    assert len(scene.slack.posted) == 2


def test_overlapping_run_posts_nothing_twice(scene: Scene) -> None:
    scene.send(*[dead_lettered(number) for number in range(30)], alarm())
    post, overlaps = scene.slack.post, [True]

    def post_while_another_runs(url: str, body: bytes, seconds: float) -> HttpResponse:
        if overlaps.pop() if overlaps else False:
            handler.run(scene.context(), scene.runtime)
        return post(url, body, seconds)

    object.__setattr__(scene.runtime, "post", post_while_another_runs)
    scene.run()

    assert len(scene.said("drained")) == 2
    assert [(line["card"], line["count"]) for line in scene.said("posted")] == [("alarm", 1), ("dead_letters", 30)]


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(500, text="rollup_error"),
        HttpResponse(503),
        HttpResponse(408),
        HttpResponse(302),
        NoResponseError("ReadTimeoutError"),
    ],
    ids=["500", "503", "408", "302", "no answer"],
)
def test_failed_post_is_retried_once_then_left_for_the_next_run(scene: Scene, answer: HttpResponse | Exception) -> None:
    scene.send(dead_lettered(), alarm())
    scene.slack.answers = [answer, answer]

    scene.run()
    after_the_first = len(scene.slack.asked), len(scene.slack.posted), len(scene.waiting)
    scene.run()

    assert after_the_first == (2, 0, 2)
    assert len(scene.slack.posted) == 2
    assert scene.waiting == []


def test_one_slack_failure_is_retried_within_the_run(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(503)]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert scene.said("not posted") == []


def test_alerts_wait_while_slack_is_down_and_are_posted_after(scene: Scene) -> None:
    scene.slack.down = True
    for minute in range(30):
        scene.send(dead_lettered(minute, at=NOW + timedelta(minutes=minute), detail=f"minute {minute}"))
        scene.run()
    scene.slack.down = False
    scene.run()

    (payload,) = scene.slack.posted
    (line,) = scene.said("posted")
    assert line["count"] == 30
    assert line["ids"] == [f"message-{minute}" for minute in range(30)]
    assert "RetryableError: minute 0" in shown(payload)
    assert "2026-11-24 14:29:00 UTC" in shown(payload)
    assert scene.waiting == []


def test_alerts_left_are_visible_to_the_next_run(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(503)] * 2

    scene.run()

    assert scene.waiting[0].visible_at <= scene.clock.now()


def test_age_of_the_oldest_alert_is_logged(scene: Scene) -> None:
    scene.slack.down = True
    scene.send(dead_lettered())

    for _ in range(11):
        scene.run()
    scene.slack.down = False
    scene.run()

    ages = [line["oldest_seconds"] for line in scene.said("drained")]
    assert ages[:11] == sorted(ages[:11])
    assert 600 < ages[10] < 660, "SQS's own metric leaves out what was received three times"
    assert ages[11] == 0


def test_retry_after_is_waited_for_within_the_run(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(429, retry_after="20")]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert (scene.clock.now() - NOW).total_seconds() == 60


def test_retry_after_longer_than_the_run_leaves_the_rest(scene: Scene) -> None:
    scene.send(dead_lettered(), alarm())
    scene.slack.answers = [HttpResponse(200), HttpResponse(429, retry_after="60")]

    scene.run()

    assert len(scene.slack.asked) == 2
    assert scene.said("drained")[0] | {"alerts": 2, "posted": 1, "left": 1} == scene.said("drained")[0]
    assert scene.said("not posted")[0]["status"] == 429


def test_retry_after_that_leaves_no_time_to_delete_ends_the_run(scene: Scene) -> None:
    scene.sqs.latency = 0.04
    scene.send(*[dead_lettered(number) for number in range(6_000)])
    scene.slack.answers = [HttpResponse(429, retry_after="20")]

    scene.run()
    posted_by_the_first = scene.said("posted")
    for _ in range(2):
        scene.run()

    assert posted_by_the_first == []
    assert sum(line["count"] for line in scene.said("posted")) == 6_000


def test_unusable_retry_after_means_one_second(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(429, retry_after="soon"), HttpResponse(429), HttpResponse(429, retry_after="0")]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert scene.slack.answers == []


def test_refused_blocks_are_posted_as_text(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.refuses = lambda payload: "blocks" in payload

    scene.run()

    (payload,) = scene.slack.posted
    assert "taly-async redrive email.send --cause c83d68dfbef7 --stage prod" in payload["text"]
    assert scene.said("refused as blocks")[0]["why"] == "invalid_blocks"
    assert scene.said("posted")
    assert scene.waiting == []


def test_refused_card_is_emailed_and_blocks_no_other(scene: Scene) -> None:
    scene.send(dead_lettered(1, fingerprint="aaaaaaaaaaaa", count=9), dead_lettered(2, fingerprint="bbbbbbbbbbbb"))
    scene.slack.refuses = lambda payload: "aaaaaaaaaaaa" in json.dumps(payload)

    scene.run()

    assert [line["fingerprints"] for line in scene.said("posted")] == [["bbbbbbbbbbbb"]]
    assert [line["fingerprints"] for line in scene.said("refused by Slack")] == [["aaaaaaaaaaaa"]]
    assert [line["fingerprints"] for line in scene.said("mailed")] == [["aaaaaaaaaaaa"]]
    assert len(scene.waiting) == 0


@pytest.mark.parametrize("status", [403, 404, 410])
def test_replaced_webhook_is_read_again(scene: Scene, status: int) -> None:
    scene.run()
    scene.secrets.secrets[SECRET] = OTHER_WEBHOOK
    scene.slack.urls = {OTHER_WEBHOOK}
    scene.slack.answers = [HttpResponse(status, text="no_service")]
    scene.send(dead_lettered(), alarm())

    scene.run()

    assert [url for url, _, _ in scene.slack.asked] == [WEBHOOK, OTHER_WEBHOOK, OTHER_WEBHOOK]
    assert len(scene.slack.posted) == 2
    assert len(scene.secrets.calls) == 2


def test_revoked_webhook_leaves_alerts_in_the_queue(scene: Scene) -> None:
    scene.slack.urls = set()
    scene.send(dead_lettered(), alarm())

    scene.run()

    assert len(scene.slack.asked) == 1
    assert len(scene.waiting) == 2
    assert scene.said("not posted")[0]["why"] == "no_service"


def test_secret_is_read_once_per_process(scene: Scene) -> None:
    for number in range(3):
        scene.send(dead_lettered(number))
        scene.run()

    assert len(scene.secrets.calls) == 1


def test_post_timeout_is_five_seconds_or_what_is_left(scene: Scene) -> None:
    scene.slack.down = True
    scene.send(dead_lettered())

    scene.run()
    scene.run(seconds=7)

    given = [seconds for _, _, seconds in scene.slack.asked]
    assert given[:2] == [5, 5]
    assert 4 < given[2] < 5


def test_duplicate_delivery_is_counted_once_and_deleted(scene: Scene) -> None:
    scene.send(dead_lettered(1, count=3), dead_lettered(1, count=3), dead_lettered(2))

    scene.run()

    assert scene.said("posted")[0]["count"] == 4
    assert scene.waiting == []


def test_refused_deletion_is_retried(scene: Scene) -> None:
    refused: list[str] = []

    def refuse_once(operation: str, entry: Mapping[str, Any]) -> str | None:
        if operation == "delete_message_batch":
            refused.append(entry["ReceiptHandle"])
        return "InternalError" if refused.count(entry.get("ReceiptHandle", "")) == 1 else None

    scene.sqs.refuse = refuse_once
    scene.send(*[dead_lettered(number) for number in range(12)])

    scene.run()

    assert scene.waiting == []
    assert scene.said("not deleted, will be posted again") == []


def test_failed_deletion_is_logged_and_leaves_the_alert(scene: Scene) -> None:
    scene.sqs.refuse = refusing("InternalError", "delete_message_batch")
    scene.send(dead_lettered())

    scene.run()

    assert scene.said("not deleted, will be posted again")[0]["kept"] == 1
    assert len(scene.waiting) == 1


@pytest.mark.parametrize("operation", ["receive_message", "delete_message_batch"])
def test_sqs_error_fails_the_run_without_losing_alerts(scene: Scene, operation: str) -> None:
    scene.send(*[dead_lettered(number) for number in range(25)])
    calls = 0

    def fail(called: str, _request: Mapping[str, Any]) -> Exception | None:
        nonlocal calls
        calls += called == operation
        return client_error("ServiceUnavailable") if called == operation and calls == 2 else None

    scene.sqs.fail = fail
    with pytest.raises(ClientError):
        scene.run()
    left = len(scene.waiting)
    scene.run()

    assert 0 < left <= 25
    assert scene.waiting == []


def test_unreadable_secret_fails_the_run_before_receiving(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.secrets.fail = failing("AccessDeniedException")

    with pytest.raises(ClientError):
        scene.run()

    assert scene.waiting[0].receives == 0


def test_failed_release_does_not_fail_the_run(scene: Scene) -> None:
    scene.slack.down = True
    scene.sqs.fail = failing("Throttled", "change_message_visibility_batch")
    scene.send(dead_lettered())

    scene.run()

    assert len(scene.waiting) == 1
    assert scene.said("drained")[0]["left"] == 1


def test_most_urgent_card_comes_first(scene: Scene) -> None:
    scene.send(
        alarm("depth", state="OK"),
        "no json",
        dead_lettered(),
        alarm("oldest"),
        alarm("unhealthy", subject="system"),
    )

    scene.run()

    assert scene.headers == [
        "🚨 Page: prod: The asynchronous backbone is unhealthy",
        "🔴 prod: email.send waits too long",
        "🟠 prod: 1 dead letter of email.send, attempts exhausted",
        "⚪ prod: 1 alert could not be read",
        "🟢 prod: recovered: The queue of email.send overflows",
    ]


def test_posted_log_line_names_the_card(scene: Scene) -> None:
    scene.send(dead_lettered(7, count=2, ids=["a", "b"]))

    scene.run()

    line = scene.said("posted")[0]
    assert line == {
        "level": "INFO",
        "message": "posted",
        "timestamp": line["timestamp"],
        "service": "slack_notifier",
        "function_name": "slack-notifier",
        "function_version": "7",
        "function_request_id": "request-1",
        "card": "dead_letters",
        "fingerprints": ["c83d68dfbef7"],
        "ids": ["a", "b"],
        "alarms": [],
        "count": 2,
    }


def test_log_line_names_fifty_ids_from_all_causes_in_turn(scene: Scene) -> None:
    ids: dict[str, Any] = {"drill": {"fingerprint": "dddddddddddd", "ids": ["the-drill"], "error": "DrillError"}}
    scene.send(
        *[
            dead_lettered(n, fingerprint=f"{n % 9:012x}", count=10, ids=[f"{n}-{i}" for i in range(10)])
            for n in range(99)
        ],
        dead_lettered(100, **ids["drill"]),
    )

    scene.run()

    posted = scene.said("posted")
    assert all(len(line["ids"]) == 50 for line in posted)
    assert "the-drill" in posted[-1]["ids"][:6]


def test_log_never_holds_the_webhook_url(scene: Scene) -> None:
    scene.slack.answers = [
        HttpResponse(400, text=f"bad {WEBHOOK}"),
        HttpResponse(400, text=WEBHOOK),
        NoResponseError("ReadTimeoutError"),
        HttpResponse(500, text=WEBHOOK),
    ]
    scene.send(dead_lettered(), alarm())

    scene.run()

    assert scene.said("not posted")
    assert "supersecret" not in "".join(scene.log)
    assert "hooks.slack.com" not in "".join(scene.log)
