"""What one card says, in plain words: how that looks in Slack or in a mail is decided elsewhere.

All text in it is as it came, so that nothing has to be escaped twice or is forgotten: who shows it, escapes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CardKind(StrEnum):
    """What a card is about; so its log line calls it."""

    DEAD_LETTERS = "dead_letters"
    MORE = "more"
    """What there was no card of its own for."""

    ALARM = "alarm"
    RECOVERY = "recovery"
    UNREADABLE = "unreadable"


class Code(str):
    """A name, an id, an error: shown letter by letter."""

    __slots__ = ()


Sentence = Sequence[str | Code | datetime]
"""Words, names and points in time, one after the other."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, at a glance."""

    label: str
    value: Sentence


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody else said, word by word."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    text: Sentence
    command: str = ""
    """For a shell."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to look; a URL of ours, never one from outside."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What people are told at once."""

    title: str
    brief: str
    """The whole in a line, for a telephone's lock screen."""

    paragraphs: Sequence[Sentence] = ()
    facts: Sequence[Fact] = ()
    items: Sequence[Sentence] = ()
    """A list."""

    quote: Quote | None = None
    steps: Sequence[Step] = ()
    links: Sequence[Link] = ()
    footnote: Sentence = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A card, and what it tells of."""

    kind: CardKind
    card: Card
    handles: Sequence[str]
    """Receipt handles of the alerts that are told of with it."""

    count: int
    """Of dead letters, of an alarm's changes, or of alerts that could not be read."""

    fingerprints: Sequence[str] = ()
    ids: Sequence[str] = ()
    alarms: Sequence[str] = ()


def counted(number: int, noun: str) -> str:
    """`1 message`, `10,000 messages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
