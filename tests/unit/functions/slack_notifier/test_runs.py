"""Runs of the notifier against a queue with visibility and a Slack with its own mind: all is told, nothing twice."""

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


def test_a_dead_letter_is_told_and_its_alert_deleted(scene: Scene) -> None:
    scene.send(dead_lettered())

    scene.run()

    assert scene.headers == ["🟠 prod: 1 dead letter of email.send, attempts exhausted"]
    assert scene.waiting == []


def test_nothing_is_posted_where_there_is_nothing_to_tell(scene: Scene) -> None:
    scene.run()

    assert scene.slack.asked == []
    assert scene.said("drained")[0] | {"alerts": 0, "posted": 0, "left": 0} == scene.said("drained")[0]


def test_ten_thousand_dead_letters_are_five_cards_and_every_one_is_counted(scene: Scene) -> None:
    scene.send(*[dead_lettered(number, fingerprint=f"{number % 40:012x}") for number in range(10_000)])

    scene.run()

    posted = scene.said("posted")
    assert [line["card"] for line in posted] == ["dead_letters"] * 4 + ["more"]
    assert sum(line["count"] for line in posted) == 10_000
    assert len({fingerprint for line in posted for fingerprint in line["fingerprints"]}) == 40
    assert scene.waiting == []


def test_what_does_not_fit_into_one_run_is_the_next_ones(scene: Scene) -> None:
    scene.sqs.latency = 0.05
    scene.send(*[dead_lettered(number) for number in range(5_000)])

    scene.run()
    in_the_first = scene.said("drained")[0]["posted"]
    scene.run()

    assert 2_000 < in_the_first < 5_000
    assert sum(line["count"] for line in scene.said("posted")) == 5_000
    assert scene.waiting == []


def test_a_short_run_still_tells(scene: Scene) -> None:
    scene.send(dead_lettered(), alarm())

    scene.run(seconds=5)

    assert len(scene.slack.posted) == 2


def test_an_overlapping_run_posts_nothing_twice(scene: Scene) -> None:
    scene.send(*[dead_lettered(number) for number in range(30)], alarm())
    post, overlaps = scene.slack.post, [True]

    def post_while_another_runs(url: str, body: bytes, seconds: float) -> HttpResponse:
        if overlaps.pop() if overlaps else False:
            handler.run(scene.context(), scene.world)
        return post(url, body, seconds)

    object.__setattr__(scene.world, "post", post_while_another_runs)
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
def test_slack_is_asked_once_more_and_then_left_alone_until_the_next_run(
    scene: Scene, answer: HttpResponse | Exception
) -> None:
    scene.send(dead_lettered(), alarm())
    scene.slack.answers = [answer, answer]

    scene.run()
    after_the_first = len(scene.slack.asked), len(scene.slack.posted), len(scene.waiting)
    scene.run()

    assert after_the_first == (2, 0, 2)
    assert len(scene.slack.posted) == 2
    assert scene.waiting == []


def test_one_failure_of_slack_costs_nothing(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(503)]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert scene.said("not posted") == []


def test_while_slack_is_down_alerts_wait_in_the_queue_and_are_told_in_order_afterwards(scene: Scene) -> None:
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


def test_what_is_left_is_seen_by_the_next_run_and_not_only_after_the_visibility_timeout(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(503)] * 2

    scene.run()

    assert scene.waiting[0].visible_at <= scene.clock.now()


def test_how_long_the_oldest_alert_has_waited_is_said(scene: Scene) -> None:
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


def test_a_wait_that_slack_asks_for_is_waited_for_within_the_run(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(429, retry_after="20")]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert (scene.clock.now() - NOW).total_seconds() == 60


def test_a_wait_longer_than_the_run_leaves_the_rest(scene: Scene) -> None:
    scene.send(dead_lettered(), alarm())
    scene.slack.answers = [HttpResponse(200), HttpResponse(429, retry_after="60")]

    scene.run()

    assert len(scene.slack.asked) == 2
    assert scene.said("drained")[0] | {"alerts": 2, "posted": 1, "left": 1} == scene.said("drained")[0]
    assert scene.said("not posted")[0]["status"] == 429


def test_a_wait_that_leaves_no_time_to_delete_what_is_posted_is_not_waited_for(scene: Scene) -> None:
    scene.sqs.latency = 0.04
    scene.send(*[dead_lettered(number) for number in range(6_000)])
    scene.slack.answers = [HttpResponse(429, retry_after="20")]

    scene.run()
    posted_by_the_first = scene.said("posted")
    for _ in range(2):
        scene.run()

    assert posted_by_the_first == []
    assert sum(line["count"] for line in scene.said("posted")) == 6_000


def test_a_wait_of_no_sense_is_a_second(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.answers = [HttpResponse(429, retry_after="soon"), HttpResponse(429), HttpResponse(429, retry_after="0")]

    scene.run()

    assert len(scene.slack.posted) == 1
    assert scene.slack.answers == []


def test_blocks_that_slack_refuses_are_posted_as_text(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.slack.refuses = lambda payload: "blocks" in payload

    scene.run()

    (payload,) = scene.slack.posted
    assert "python -m ops redrive email.send --fingerprint c83d68dfbef7 --stage prod" in payload["text"]
    assert scene.said("refused as blocks")[0]["why"] == "invalid_blocks"
    assert scene.said("posted")
    assert scene.waiting == []


def test_a_card_that_is_refused_altogether_goes_by_mail_and_blocks_no_other(scene: Scene) -> None:
    scene.send(dead_lettered(1, fingerprint="aaaaaaaaaaaa", count=9), dead_lettered(2, fingerprint="bbbbbbbbbbbb"))
    scene.slack.refuses = lambda payload: "aaaaaaaaaaaa" in json.dumps(payload)

    scene.run()

    assert [line["fingerprints"] for line in scene.said("posted")] == [["bbbbbbbbbbbb"]]
    assert [line["fingerprints"] for line in scene.said("refused by Slack")] == [["aaaaaaaaaaaa"]]
    assert [line["fingerprints"] for line in scene.said("mailed")] == [["aaaaaaaaaaaa"]]
    assert len(scene.waiting) == 0


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_webhook_that_was_replaced_is_read_again(scene: Scene, status: int) -> None:
    scene.run()
    scene.secrets.secrets[SECRET] = OTHER_WEBHOOK
    scene.slack.urls = {OTHER_WEBHOOK}
    scene.slack.answers = [HttpResponse(status, text="no_service")]
    scene.send(dead_lettered(), alarm())

    scene.run()

    assert [url for url, _, _ in scene.slack.asked] == [WEBHOOK, OTHER_WEBHOOK, OTHER_WEBHOOK]
    assert len(scene.slack.posted) == 2
    assert len(scene.secrets.calls) == 2


def test_a_webhook_that_was_revoked_leaves_all_in_the_queue(scene: Scene) -> None:
    scene.slack.urls = set()
    scene.send(dead_lettered(), alarm())

    scene.run()

    assert len(scene.slack.asked) == 1
    assert len(scene.waiting) == 2
    assert scene.said("not posted")[0]["why"] == "no_service"


def test_the_secret_is_read_once_a_process(scene: Scene) -> None:
    for number in range(3):
        scene.send(dead_lettered(number))
        scene.run()

    assert len(scene.secrets.calls) == 1


def test_a_post_has_five_seconds_at_most_and_never_more_than_are_left(scene: Scene) -> None:
    scene.slack.down = True
    scene.send(dead_lettered())

    scene.run()
    scene.run(seconds=7)

    given = [seconds for _, _, seconds in scene.slack.asked]
    assert given[:2] == [5, 5]
    assert 4 < given[2] < 5


def test_an_alert_that_sqs_or_eventbridge_delivered_twice_is_counted_once(scene: Scene) -> None:
    scene.send(dead_lettered(1, count=3), dead_lettered(1, count=3), dead_lettered(2))

    scene.run()

    assert scene.said("posted")[0]["count"] == 4
    assert scene.waiting == []


def test_a_deletion_that_sqs_refuses_is_tried_again(scene: Scene) -> None:
    refused: list[str] = []

    def refuse_once(operation: str, entry: Mapping[str, Any]) -> str | None:
        if operation == "delete_message_batch":
            refused.append(entry["ReceiptHandle"])
        return "InternalError" if refused.count(entry.get("ReceiptHandle", "")) == 1 else None

    scene.sqs.refuse = refuse_once
    scene.send(*[dead_lettered(number) for number in range(12)])

    scene.run()

    assert scene.waiting == []
    assert scene.said("not deleted, to be told again") == []


def test_what_cannot_be_deleted_is_said_and_told_again(scene: Scene) -> None:
    scene.sqs.refuse = refusing("InternalError", "delete_message_batch")
    scene.send(dead_lettered())

    scene.run()

    assert scene.said("not deleted, to be told again")[0]["kept"] == 1
    assert len(scene.waiting) == 1


@pytest.mark.parametrize("operation", ["receive_message", "delete_message_batch"])
def test_sqs_failing_is_an_error_of_the_function_and_loses_nothing(scene: Scene, operation: str) -> None:
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


def test_a_secret_that_cannot_be_read_is_an_error_of_the_function_and_receives_nothing(scene: Scene) -> None:
    scene.send(dead_lettered())
    scene.secrets.fail = failing("AccessDeniedException")

    with pytest.raises(ClientError):
        scene.run()

    assert scene.waiting[0].receives == 0


def test_giving_back_is_best_effort(scene: Scene) -> None:
    scene.slack.down = True
    scene.sqs.fail = failing("Throttled", "change_message_visibility_batch")
    scene.send(dead_lettered())

    scene.run()

    assert len(scene.waiting) == 1
    assert scene.said("drained")[0]["left"] == 1


def test_the_gravest_comes_first(scene: Scene) -> None:
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


def test_a_posted_line_says_what_was_told(scene: Scene) -> None:
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


def test_of_many_messages_fifty_are_named_and_one_of_each_cause_before_a_second(scene: Scene) -> None:
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


def test_no_line_has_the_webhooks_url(scene: Scene) -> None:
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
