"""The stand-in Slack keeps Slack's rules, and goes wrong as it is told to."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.standins.slack.state import PostLimit, SlackOutage, SlackReply, SlackState

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
JSON = "application/json; charset=utf-8"
CARD = {"text": "1 dead letter", "blocks": [{"type": "divider"}]}
OK = SlackReply(200, "ok")


def rules(payload: Mapping[str, Any]) -> Sequence[str]:
    return [] if payload.get("blocks") else ["blocks is empty"]


@pytest.fixture
def books() -> SlackState:
    return SlackState(rules)


def post(books: SlackState, card: Mapping[str, Any] = CARD, *, after: float = 0) -> SlackReply:
    return books.receive(JSON, json.dumps(card).encode(), AT + timedelta(seconds=after))


def test_a_valid_card_is_in_the_channel(books: SlackState) -> None:
    assert post(books) == OK

    assert books.cards() == (CARD,)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b'payload={"text":"x"}'),
        ("", json.dumps(CARD).encode()),
        (JSON, b"{"),
        (JSON, b"\xff"),
        (JSON, b"[]"),
    ],
)
def test_what_is_no_json_object_is_refused(books: SlackState, content_type: str, body: bytes) -> None:
    assert books.receive(content_type, body, AT) == SlackReply(400, "invalid_payload")

    assert books.cards() == ()
    assert [each.payload for each in books.posts()] == [{}]


def test_a_card_beyond_slacks_limits_is_refused_and_the_books_say_why(books: SlackState) -> None:
    assert post(books, {"text": "x"}) == SlackReply(400, "invalid_blocks")

    (refused,) = books.posts()
    assert (refused.accepted, refused.problems) == (False, ("blocks is empty",))


def test_a_short_burst_is_let_pass_and_then_one_a_second(books: SlackState) -> None:
    burst = [post(books) for _ in range(5)]
    early, in_time, early_again = post(books), post(books, after=1), post(books, after=1.5)

    assert burst == [OK] * 5
    assert (early.status, early.retry_after) == (429, "1")
    assert in_time == OK
    assert (early_again.status, early_again.retry_after) == (429, "1")
    assert len(books.cards()) == 6


def test_who_asks_too_early_again_and_again_does_not_wait_longer_for_it(books: SlackState) -> None:
    for _ in range(20):
        post(books)

    assert post(books, after=1) == OK


def test_another_pace_can_be_set_and_none_at_all(books: SlackState) -> None:
    books.limit(PostLimit(timedelta(seconds=30), burst=1))
    assert [post(books, after=second).retry_after for second in (0, 1)] == ["", "29"]

    books.limit(None)
    assert {post(books).status for _ in range(50)} == {200}


def test_an_outage_lasts_as_many_posts_as_it_is_told(books: SlackState) -> None:
    books.fail(SlackOutage(503, times=2, retry_after="7", seconds=0.5))

    replies = [post(books) for _ in range(3)]

    assert replies == [SlackReply(503, "Service Unavailable", "7", 0.5)] * 2 + [OK]
    assert len(books.posts()) == 3
    assert books.cards() == (CARD,)


def test_an_outage_without_an_end_lasts_until_it_is_taken_back(books: SlackState) -> None:
    books.fail(SlackOutage(500))
    assert {post(books).status for _ in range(20)} == {500}

    books.fail(None)
    assert post(books) == OK


def test_a_slack_that_is_slow_alone_takes_what_is_posted(books: SlackState) -> None:
    books.fail(SlackOutage(200, seconds=8))

    assert post(books) == SlackReply(200, "ok", seconds=8)
    assert books.cards() == (CARD,)
