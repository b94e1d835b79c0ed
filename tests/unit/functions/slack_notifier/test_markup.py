"""Slack's markup: outside text stays text, cuts are seen and never within an escape."""

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
def test_words(text: str, shown: str) -> None:
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
def test_code(text: str, shown: str) -> None:
    assert mrkdwn([Code(text)], 100) == shown


def test_a_time_is_its_readers_and_utc_for_who_cannot_show_that() -> None:
    assert mrkdwn([AT], 100) == "<!date^1795528805^{date_short_pretty}, {time_secs}|2026-11-24 14:00:05 UTC>"


def test_a_block_of_code_keeps_its_lines_and_its_end() -> None:
    assert fenced("a\nb```\n<!channel>", 100) == "```a\nb'''\n&lt;!channel&gt;```"


def test_a_link_of_ours_is_escaped_too() -> None:
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
def test_a_sentence_is_cut_where_it_may_be_cut(limit: int, shown: str) -> None:
    assert mrkdwn(["12 of ", Code("email.send"), ", "], limit) == shown


def test_a_time_is_not_cut_in_two() -> None:
    assert mrkdwn(["since ", AT, " and on"], 40) == "since …"


@given(st.lists(HOSTILE | HOSTILE.map(Code) | st.just(AT), max_size=6), st.integers(3, 300))
def test_whatever_comes_the_limit_is_kept_and_nothing_but_times_is_markup(
    spans: list[str | Code | datetime], limit: int
) -> None:
    text = mrkdwn(spans, limit)

    assert length(text) <= limit
    without_times = re.sub(r"<!date\^[0-9]+\^[^<>|]*\|[^<>|]*>", "", text)
    assert "<" not in without_times
    assert ">" not in without_times
    assert not WHOLE_ESCAPES.search(text)
    assert "```" not in text


@given(HOSTILE, st.integers(10, 300))
def test_whatever_comes_a_block_of_code_is_one(text: str, limit: int) -> None:
    block = fenced(text, limit)

    assert length(block) <= limit
    assert block.count("`") == 6
    assert not set("<>") & set(block)
    assert not WHOLE_ESCAPES.search(block)


@given(HOSTILE)
def test_what_fits_is_shown_as_it_is_but_for_what_hides(text: str) -> None:
    shown = html.unescape(plain(text, 10_000))

    assert shown.replace("'", "`").replace("\ufffd", "?") == "".join(
        each if each.isprintable() else " " if each.isspace() else "?" for each in text
    ).replace("'", "`").replace("\ufffd", "?")
