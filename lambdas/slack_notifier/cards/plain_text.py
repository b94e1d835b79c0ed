"""Render a card as plain text, for email."""

import textwrap
from collections.abc import Iterator
from datetime import datetime

from lambdas.slack_notifier.cards.card import Card, Sentence
from lambdas.slack_notifier.slack.mrkdwn import printable, time

_WIDTH = 100
"""Characters."""


def text(card: Card) -> str:
    """Render the same facts, commands and links as in Slack, one below the other."""
    return "\n\n".join(part for part in _parts(card) if part)


def _parts(card: Card) -> Iterator[str]:
    title = printable(card.title)
    yield f"{title}\n{'-' * len(title)}"
    yield "\n".join(textwrap.fill(_sentence(paragraph), _WIDTH) for paragraph in card.paragraphs)
    yield "\n".join(f"{fact.label + ':':12} {_sentence(fact.value)}" for fact in card.facts)
    yield "\n".join(f"- {_sentence(item)}" for item in card.items)
    if card.quote:
        yield f"{card.quote.label}:\n{_indented(card.quote.text)}"
    for step in card.steps:
        yield "\n".join([_sentence(step.text), *([_indented(step.command)] if step.command else [])])
    yield "\n".join(f"{link.label}: {link.url}" for link in card.links)
    yield _sentence(card.footnote)


def _sentence(spans: Sentence) -> str:
    return "".join(time(span) if isinstance(span, datetime) else printable(span) for span in spans)


def _indented(lines: str) -> str:
    return "\n".join(f"    {printable(line)}" for line in lines.splitlines())
