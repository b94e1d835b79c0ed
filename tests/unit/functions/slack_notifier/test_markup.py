"""Slack's markup: text from outside stays text; a cut is visible and never within an escape."""

import html
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.slack_notifier.cards.card import Code
from lambdas.slack_notifier.slack.mrkdwn import fenced, length, link, mrkdwn, plain

AT = datetime(2026, 11, 24, 14, 0, 5, tzinfo=UTC)
HOSTILE = st.text(alphabet=st.sampled_from("&<>`*_~|@#!\n\r\t…a 😀é\u202e\u200b\x00")) | st.text()
WHOLE_ESCAPES = re.compile("&(?!amp;|lt;|gt;)")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("<https://evil.example|Dashboard>", "&lt;https://evil.example|Dashboard&gt;"),
        ("&lt;", "&amp;lt;"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("reordered \u202e", "reordered \ufffd"),
        ("see `by tenant`", "see `by tenant`"),
        ("an open `code", "an open 'code"),
        ("a ```fence```", "a '''fence'''"),
    ],
)
def test_text_is_escaped(text: str, shown: str) -> None:
    assert mrkdwn([text], 100) == shown
    assert plain(text, 100) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("email.send", "`email.send`"),
        ("a`b", "`a'b`"),
        ("<!here>", "`&lt;!here&gt;`"),
        ("two\nlines", "`two lines`"),
        (" ", ""),
        ("", ""),
    ],
)
def test_code_is_escaped(text: str, shown: str) -> None:
    assert mrkdwn([Code(text)], 100) == shown


def test_time_is_a_slack_date_with_utc_as_fallback() -> None:
    assert mrkdwn([AT], 100) == "<!date^1795528805^{date_short_pretty}, {time_secs}|2026-11-24 14:00:05 UTC>"


def test_code_block_keeps_its_lines_and_its_end() -> None:
    assert fenced("a\nb```\n<!channel>", 100) == "```a\nb'''\n&lt;!channel&gt;```"


def test_link_is_escaped() -> None:
    assert link("Log & lines", "https://a.example/?b=1&c=2") == "<https://a.example/?b=1&amp;c=2|Log &amp; lines>"


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (20, "12 of `email.send`, "),
        (19, "12 of `email.send`…"),
        (18, "12 of `email.sen`…"),
        (10, "12 of `e`…"),
        (9, "12 of …"),
        (3, "12…"),
    ],
)
def test_sentence_is_cut_between_characters_of_a_span(limit: int, shown: str) -> None:
    assert mrkdwn(["12 of ", Code("email.send"), ", "], limit) == shown


def test_time_is_never_cut() -> None:
    assert mrkdwn(["since ", AT, " and on"], 40) == "since …"


@given(st.lists(HOSTILE | HOSTILE.map(Code) | st.just(AT), max_size=6), st.integers(3, 300))
def test_any_sentence_keeps_the_limit_and_only_times_are_markup(spans: list[str | Code | datetime], limit: int) -> None:
    text = mrkdwn(spans, limit)

    assert length(text) <= limit
    without_times = re.sub(r"<!date\^[0-9]+\^[^<>|]*\|[^<>|]*>", "", text)
    assert "<" not in without_times
    assert ">" not in without_times
    assert not WHOLE_ESCAPES.search(text)
    assert "```" not in text


@given(HOSTILE, st.integers(10, 300))
def test_any_text_makes_one_code_block(text: str, limit: int) -> None:
    block = fenced(text, limit)

    assert length(block) <= limit
    assert block.count("`") == 6
    assert not set("<>") & set(block)
    assert not WHOLE_ESCAPES.search(block)


@given(HOSTILE)
def test_short_text_is_unchanged_except_unprintable_characters(text: str) -> None:
    shown = html.unescape(plain(text, 10_000))

    assert shown.replace("'", "`").replace("\ufffd", "?") == "".join(
        each if each.isprintable() else " " if each.isspace() else "?" for each in text
    ).replace("'", "`").replace("\ufffd", "?")
