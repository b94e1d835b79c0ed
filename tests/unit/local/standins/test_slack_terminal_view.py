"""Cards look in a terminal as in Slack, and their content is shown as text."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from local.standins.slack.mrkdwn import mrkdwn
from local.standins.slack.terminal_view import card

CARD: dict[str, Any] = {
    "text": "local: 3 dead letters",
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "🟠 3 dead letters of email.send", "emoji": True}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "3 messages of `email.send` were *dead-lettered*."}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Messages*\n3"},
                {"type": "mrkdwn", "text": "*Tenants*\n2"},
                {"type": "mrkdwn", "text": "*Reason*\n`permanent`"},
            ],
        },
        {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "Then:\n```taly-async redrive email.send```"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://example.com/a?b=1&amp;c=2|Dashboard>"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "local · fingerprint `c83d68dfbef7`"}]},
    ],
}


def shown(payload: dict[str, Any], *, colours: bool = False) -> str:
    """The output in a terminal with 60 columns."""
    output = StringIO()
    Console(file=output, width=60, force_terminal=colours, color_system="truecolor" if colours else None).print(
        card(payload)
    )
    return output.getvalue()


def with_title(title: str) -> dict[str, Any]:
    return {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": title}}]}


def test_a_card_is_shown_from_top_to_bottom() -> None:
    lines = [" ".join(line.strip(" ┃").split()) for line in shown(CARD).splitlines()]

    assert [line for line in lines[1:-1] if line] == [
        "🟠 3 dead letters of email.send",
        "3 messages of email.send were dead-lettered.",
        "Messages Tenants",
        "3 2",
        "Reason",
        "permanent",
        "─" * 56,
        "Then:",
        "▏ taly-async redrive email.send",
        "Dashboard",
        "local · fingerprint c83d68dfbef7",
    ]


def test_a_link_is_attached_to_its_text() -> None:
    text = shown(CARD, colours=True)

    assert "https://example.com/a?b=1&c=2\x1b\\" in text


@pytest.mark.parametrize(
    ("title", "colour"),
    [
        ("🔴 Dead letters of email.send", "\x1b[31m"),
        ("🚨 Page: unhealthy", "\x1b[31m"),
        ("🟠 3 dead letters", "\x1b[33m"),
        ("🟢 Over: Dead letters", "\x1b[32m"),
        ("🔵 Drill: 1 dead letter", "\x1b[34m"),
        ("something else", "\x1b[38;5;244m"),
    ],
)
def test_the_border_has_the_colour_of_the_title(title: str, colour: str) -> None:
    assert shown(with_title(title), colours=True).startswith(colour)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("*bold* _italic_ ~struck~ `code`", "bold italic struck code"),
        ("snake_case_names and 2*3*4 stay", "snake_case_names and 2*3*4 stay"),
        ("*`code` in bold*", "code in bold"),
        ("```one\ntwo```", "▏ one\n▏ two"),
        ("Then:\n```one```", "Then:\n▏ one"),
        ("Then: ```one```\nand `two`", "Then: \n▏ one\nand two"),
        ("<https://example.com/x|label>", "label"),
        ("<https://example.com/x>", "https://example.com/x"),
        (
            "since <!date^1795530437^{date_short_pretty}, {time_secs}|2026-11-24 14:27:17 UTC>",
            "since 2026-11-24 14:27:17 UTC",
        ),
        ("&lt;!here&gt; &amp;lt;", "<!here> &lt;"),
        ("<!here> <@U123> <#C1|ops>", "@here @U123 #ops"),
        ("`*no bold* <https://example.com|no link>`", "*no bold* <https://example.com|no link>"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert mrkdwn(markup).plain == text


def test_bold_applies_to_nested_markup() -> None:
    styles = {mrkdwn("a *b `c`*").plain[span.start : span.end]: span.style for span in mrkdwn("a *b `c`*").spans}

    assert "bold" not in str(styles.get("a ", ""))
    assert "bold" in str(styles["b "])
    assert "bold" in str(styles["c"])


@pytest.mark.parametrize(
    "hostile",
    [
        "[bold red]rich's own markup[/]",
        "[link=https://evil.example]click[/link]",
        ":skull: :rotating_light:",
    ],
)
def test_rich_markup_is_shown_as_text(hostile: str) -> None:
    payload = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": hostile}}]}

    assert hostile in shown(payload)
    assert hostile in shown(with_title(hostile))


def test_control_characters_never_reach_the_terminal() -> None:
    hostile = "\x1b[2J\x1b]8;;https://evil.example\x1b\\click\x07\u202e"
    fields = [{"type": "mrkdwn", "text": hostile}]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": hostile}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"{hostile} `{hostile}` ```{hostile}```"}},
        {"type": "section", "fields": fields},
        {"type": "context", "elements": fields},
    ]

    text = shown({"blocks": blocks})

    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert "click" in text


def test_a_link_to_anything_but_the_web_is_text() -> None:
    payload = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<file:///etc/passwd|look>"}}]}

    text = shown(payload, colours=True)

    assert "look" in text
    assert "passwd" not in text


def test_a_card_without_blocks_shows_its_text() -> None:
    assert "2 dead letters" in shown({"text": "*2 dead letters*"})


def test_an_unsupported_block_is_named() -> None:
    assert "[video]" in shown({"blocks": [{"type": "video"}]})
