"""The stand-in accepts what Slack's documentation allows, and names the problem of everything else."""

from typing import Any

import pytest

from local.standins.slack.block_kit_rules import problems

PLAIN = {"type": "plain_text", "text": "Hello"}
MARKED = {"type": "mrkdwn", "text": "*Hello*"}
BUTTON = {"type": "button", "text": PLAIN, "url": "https://a.example/"}


def section(**changes: Any) -> dict[str, Any]:
    return {"type": "section", "text": MARKED} | changes


def text(length: int, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "Hello"},
        {"text": "Hello", "unfurl_links": False, "unfurl_media": False, "parse": "none", "mrkdwn": True},
        {"blocks": [section()]},
        {"text": "", "blocks": [section()]},
        {"text": "Hello <!channel>", "blocks": [section()]},
        {"blocks": [{"type": "header", "text": {**PLAIN, "emoji": True}}, {"type": "divider"}]},
        {"blocks": [{"type": "header", "text": text(150, "plain_text")}]},
        {"blocks": [section(text=text(3_000))]},
        {"blocks": [section(text={**MARKED, "verbatim": True}, block_id="a", expand=True)]},
        {"blocks": [{"type": "section", "fields": [text(1_000)] * 10}]},
        {"blocks": [section(accessory=BUTTON)]},
        {"blocks": [{"type": "context", "elements": [MARKED] * 10}]},
        {"blocks": [{"type": "context", "elements": [{"type": "image", "image_url": "https://a/", "alt_text": "a"}]}]},
        {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "danger", "action_id": "a"}] * 25}]},
        {"blocks": [{"type": "image", "image_url": "https://a/", "alt_text": "a", "title": PLAIN}]},
        {"blocks": [section()] * 50},
    ],
)
def test_slack_accepts(payload: dict[str, Any]) -> None:
    assert problems(payload) == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ([], "The payload must be a JSON object."),
        ("Hello", "The payload must be a JSON object."),
        ({}, "The payload has neither text nor blocks: no_text."),
        ({"text": " "}, "text must not be empty."),
        ({"text": 1}, "text must be a string."),
        ({"text": "x" * 40_001}, "text has 40001 characters, 40000 at most."),
        ({"text": "a", "blocs": []}, "the payload has 'blocs', which Slack does not know."),
        ({"text": "a", "blocks": {}}, "blocks must be an array."),
        ({"text": "a", "blocks": []}, "blocks has 0 members, 1 to 50 are taken."),
        ({"blocks": [section()] * 51}, "blocks has 51 members, 1 to 50 are taken."),
        ({"blocks": ["Hello"]}, "blocks[0] must be an object."),
        ({"blocks": [{"type": "hero"}]}, "blocks[0] is of type 'hero', which Slack does not take there."),
        ({"blocks": [{}]}, "blocks[0] is of type None, which Slack does not take there."),
        ({"blocks": [{"type": "section"}]}, "blocks[0] must have text or fields."),
        ({"blocks": [{"type": "header"}]}, "blocks[0] must have text."),
        ({"blocks": [{"type": "context"}]}, "blocks[0] must have elements."),
        ({"blocks": [section(colour="red")]}, "blocks[0] has 'colour', which Slack does not know."),
        ({"blocks": [section(text="Hello")]}, "blocks[0].text must be an object."),
        ({"blocks": [section(text=text(3_001))]}, "blocks[0].text.text has 3001 characters, 3000 at most."),
        ({"blocks": [section(text=text(0))]}, "blocks[0].text.text must not be empty."),
        ({"blocks": [section(text={"type": "mrkdwn"})]}, "blocks[0].text must have text."),
        (
            {"blocks": [section(text={"type": "markdown", "text": "a"})]},
            "blocks[0].text is of type 'markdown', which Slack does not take there.",
        ),
        (
            {"blocks": [section(text={**PLAIN, "verbatim": True})]},
            "blocks[0].text has 'verbatim', which Slack does not know.",
        ),
        ({"blocks": [section(text={**MARKED, "verbatim": 1})]}, "blocks[0].text.verbatim must be true or false."),
        (
            {"blocks": [{"type": "header", "text": MARKED}]},
            "blocks[0].text is of type 'mrkdwn', which Slack does not take there.",
        ),
        (
            {"blocks": [{"type": "header", "text": text(151, "plain_text")}]},
            "blocks[0].text.text has 151 characters, 150 at most.",
        ),
        (
            {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "😀" * 76}}]},
            "blocks[0].text.text has 152 characters, 150 at most.",
        ),
        (
            {"blocks": [{"type": "section", "fields": [MARKED] * 11}]},
            "blocks[0].fields has 11 members, 1 to 10 are taken.",
        ),
        ({"blocks": [{"type": "section", "fields": []}]}, "blocks[0].fields has 0 members, 1 to 10 are taken."),
        (
            {"blocks": [{"type": "section", "fields": [text(2_001)]}]},
            "blocks[0].fields[0].text has 2001 characters, 2000 at most.",
        ),
        (
            {"blocks": [{"type": "context", "elements": [MARKED] * 11}]},
            "blocks[0].elements has 11 members, 1 to 10 are taken.",
        ),
        (
            {"blocks": [{"type": "context", "elements": [BUTTON]}]},
            "blocks[0].elements[0] is of type 'button', which Slack does not take there.",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "text": text(76, "plain_text")}]}]},
            "blocks[0].elements[0].text.text has 76 characters, 75 at most.",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": "https://a/" + "x" * 3_000}]}]},
            "blocks[0].elements[0].url has 3010 characters, 3000 at most.",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "url": "javascript:alert(1)"}]}]},
            "blocks[0].elements[0].url must be a URL.",
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**BUTTON, "style": "loud"}]}]},
            "blocks[0].elements[0].style must be primary or danger.",
        ),
        ({"blocks": [section(block_id="x" * 256)]}, "blocks[0].block_id has 256 characters, 255 at most."),
        ({"blocks": [section(block_id="a")] * 2}, "Two blocks have the same block_id."),
        (
            {"blocks": [section(text=text(3_000))] * 5},
            "The blocks have 15000 characters in all, 12000 at most: msg_blocks_too_long.",
        ),
    ],
)
def test_slack_refuses(payload: Any, problem: str) -> None:
    assert problems(payload) == [problem]


def test_every_problem_is_reported() -> None:
    assert len(problems({"blocks": [{"type": "section"}, {"type": "hero"}, section(block_id="")]})) == 3
