"""Render a card as a Slack message.

Sources: Slack, "Block Kit: blocks" (50 blocks; 150 characters a header, 3,000 a text, 2,000 a field; 10 fields a
section) and "Formatting text for app surfaces". The limits here are narrower: a message of more than about 12,000
characters is refused, which is documented nowhere (slackapi/bolt-js, issue 2509).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambdas.slack_notifier.cards.card import Card, Fact, Link, Quote, Sentence, Step
from lambdas.slack_notifier.slack.mrkdwn import fenced, is_whole, length, link, mrkdwn, plain

Payload = Mapping[str, Any]
_Block = dict[str, Any]

_TITLE = 150
_SUMMARY = 500
_PARAGRAPHS = 1_500
_FACTS = 10
_FACT = 250
_LIST = 2_800
_ITEM = _LIST - 2
_LISTS = 3
"""Texts of a list: together they leave room for the rest of the card."""

_QUOTE = 1_500
_STEP = 700
_LINK = 2_000
_LINKS = 2_800
_FOOTNOTE = 1_400
"""Room for an alarm's name of 255 characters, each of them escaped."""

_NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}
"""Slack must neither preview links nor turn text into links and mentions."""


def message(card: Card) -> Payload:
    """Render a card with Block Kit."""
    return {"text": plain(card.summary, _SUMMARY), "blocks": blocks(card), **_NO_PREVIEWS}


def message_without_blocks(card: Card) -> Payload:
    """Render a card as text alone, for when Slack refuses its blocks."""
    texts = (text for block in blocks(card) for text in _texts(block))
    return {"text": "\n".join(texts), **_NO_PREVIEWS}


def blocks(card: Card) -> list[_Block]:
    """Render a card's blocks from top to bottom: title, text, facts, list, quote, steps, links, footnote."""
    title = {"type": "plain_text", "text": plain(card.title, _TITLE), "emoji": True}
    return [
        {"type": "header", "text": title},
        *_section(_lines(card.paragraphs, _PARAGRAPHS)),
        *_facts(card.facts),
        *(block for text in _lists(card.items)[0] for block in _section(text)),
        *_quote(card.quote),
        *(block for step in card.steps for block in _section(_step(step))),
        *_section(_links(card.links)),
        *_context(mrkdwn(card.footnote, _FOOTNOTE)),
    ]


def _section(text: str) -> list[_Block]:
    return [{"type": "section", "text": _object(text)}] if text else []


def _context(text: str) -> list[_Block]:
    return [{"type": "context", "elements": [_object(text)]}] if text else []


def _object(text: str) -> _Block:
    """A text object in which Slack does not turn text into links or mentions (`verbatim`)."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _facts(facts: Sequence[Fact]) -> list[_Block]:
    fields = [_object(f"*{fact.label}*\n{mrkdwn(fact.value, _FACT)}") for fact in facts[:_FACTS]]
    return [{"type": "section", "fields": fields}] if fields else []


def _lines(paragraphs: Sequence[Sentence], limit: int) -> str:
    each = limit // max(1, len(paragraphs)) - 1
    return "\n".join(mrkdwn(paragraph, each) for paragraph in paragraphs)


def fits_line(item: Sentence) -> bool:
    """Whether a card shows this item in full."""
    return is_whole(item, _ITEM)


def fits(items: Sequence[Sentence]) -> bool:
    """Whether a card has room for all these items."""
    return _lists(items)[1] == 0


def _lists(items: Sequence[Sentence]) -> tuple[Sequence[str], int]:
    """Render the items that fit, in one text or several; return also the number of those that do not."""
    texts = [""]
    for position, item in enumerate(items):
        line = f"• {mrkdwn(item, _ITEM)}"
        if texts[-1] and length(f"{texts[-1]}\n{line}") > _LIST:
            if len(texts) == _LISTS:
                left = len(items) - position
                return [*texts[:-1], f"{texts[-1]}\n… and {left:,} more"], left
            texts.append("")
        texts[-1] += f"\n{line}" if texts[-1] else line
    return texts, 0


def _quote(quote: Quote | None) -> list[_Block]:
    return _section(f"*{quote.label}*\n{fenced(quote.text, _QUOTE)}") if quote and quote.text.strip() else []


def _step(step: Step) -> str:
    text = mrkdwn(step.text, _STEP)
    return f"{text}\n{fenced(step.command, _STEP)}" if step.command else text


def _links(links: Iterable[Link]) -> str:
    """Render the links that fit; a cut link would lead nowhere.

    They are no buttons: a click on one shows a warning, because a webhook cannot respond (node-slack-sdk, issue 869).
    """
    kept: list[str] = []
    left = _LINKS
    for each in links:
        text = link(each.label, each.url)
        if length(each.url) <= _LINK and length(text) + 3 <= left:
            kept.append(text)
            left -= length(text) + 3
    return " · ".join(kept)


def _texts(block: _Block) -> list[str]:
    if block["type"] == "header":
        return [f"*{block['text']['text']}*"]
    objects: list[_Block] = (
        [block["text"]] if "text" in block else [*block.get("fields", ()), *block.get("elements", ())]
    )
    return [each["text"] for each in objects]
