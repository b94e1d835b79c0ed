"""The stand-in Slack applies Slack's rules, and fails as it was set to."""

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


def check(payload: Mapping[str, Any]) -> Sequence[str]:
    return [] if payload.get("blocks") else ["blocks is empty"]


@pytest.fixture
def state() -> SlackState:
    return SlackState(check)


def post(state: SlackState, card: Mapping[str, Any] = CARD, *, after: float = 0) -> SlackReply:
    return state.receive(JSON, json.dumps(card).encode(), AT + timedelta(seconds=after))


def test_a_valid_card_is_in_the_channel(state: SlackState) -> None:
    assert post(state) == OK

    assert state.cards() == (CARD,)


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
def test_a_body_that_is_not_a_json_object_is_refused(state: SlackState, content_type: str, body: bytes) -> None:
    assert state.receive(content_type, body, AT) == SlackReply(400, "invalid_payload")

    assert state.cards() == ()
    assert [each.payload for each in state.posts()] == [{}]


def test_a_card_beyond_slacks_limits_is_recorded_with_its_problems(state: SlackState) -> None:
    assert post(state, {"text": "x"}) == SlackReply(400, "invalid_blocks")

    (refused,) = state.posts()
    assert (refused.accepted, refused.problems) == (False, ("blocks is empty",))


def test_a_short_burst_is_accepted_and_then_one_post_a_second(state: SlackState) -> None:
    burst = [post(state) for _ in range(5)]
    early, in_time, early_again = post(state), post(state, after=1), post(state, after=1.5)

    assert burst == [OK] * 5
    assert (early.status, early.retry_after) == (429, "1")
    assert in_time == OK
    assert (early_again.status, early_again.retry_after) == (429, "1")
    assert len(state.cards()) == 6


def test_refused_posts_do_not_lengthen_the_wait(state: SlackState) -> None:
    for _ in range(20):
        post(state)

    assert post(state, after=1) == OK


def test_another_rate_limit_can_be_set_or_none(state: SlackState) -> None:
    state.limit(PostLimit(timedelta(seconds=30), burst=1))
    assert [post(state, after=second).retry_after for second in (0, 1)] == ["", "29"]

    state.limit(None)
    assert {post(state).status for _ in range(50)} == {200}


def test_an_outage_lasts_for_its_number_of_posts(state: SlackState) -> None:
    state.fail(SlackOutage(503, times=2, retry_after="7", seconds=0.5))

    replies = [post(state) for _ in range(3)]

    assert replies == [SlackReply(503, "Service Unavailable", "7", 0.5)] * 2 + [OK]
    assert len(state.posts()) == 3
    assert state.cards() == (CARD,)


def test_an_outage_without_a_number_of_posts_lasts_until_it_is_ended(state: SlackState) -> None:
    state.fail(SlackOutage(500))
    assert {post(state).status for _ in range(20)} == {500}

    state.fail(None)
    assert post(state) == OK


def test_a_slow_slack_accepts_the_post(state: SlackState) -> None:
    state.fail(SlackOutage(200, seconds=8))

    assert post(state) == SlackReply(200, "ok", seconds=8)
    assert state.cards() == (CARD,)
