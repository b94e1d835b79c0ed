"""The content of a card, independent of how Slack or an email shows it.

All text is unescaped. `slack/` and `plain_text.py` escape it when they render it, so exactly once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CardKind(StrEnum):
    """Subject of a card, as its log line names it."""

    DEAD_LETTERS = "dead_letters"
    MORE = "more"
    """Causes or alarms that share one card."""

    OVER = "over"
    """Causes of dead letters that are over."""

    ALARM = "alarm"
    RECOVERY = "recovery"
    UNREADABLE = "unreadable"
    OUTAGE = "outage"
    OUTAGE_OVER = "outage_over"
    PAUSED = "paused"
    PAUSE_WARNING = "pause_warning"
    """SQS will delete what waits, or AWS refuses to end the pause."""

    RESUMED = "resumed"
    EXPIRING = "expiring"
    """SQS deletes dead letters within three days."""

    UNDELIVERED = "undelivered"
    """Webhooks that customers' endpoints did not take, of a day."""


class Code(str):
    """A name, an id or an error, shown verbatim in a monospaced font."""

    __slots__ = ()


Sentence = Sequence[str | Code | datetime]
"""Text, code and points in time, in reading order."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value."""

    label: str
    value: Sentence


@dataclass(frozen=True, slots=True)
class Quote:
    """Text from outside, shown verbatim."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """An action for the operator."""

    text: Sentence
    command: str = ""
    """Shell command, if there is one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled URL, built by this system and never taken from a message."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Everything that one card shows."""

    title: str
    summary: str
    """The card in one line, for push notifications."""

    paragraphs: Sequence[Sentence] = ()
    facts: Sequence[Fact] = ()
    items: Sequence[Sentence] = ()
    """A bulleted list."""

    quote: Quote | None = None
    steps: Sequence[Step] = ()
    links: Sequence[Link] = ()
    footnote: Sentence = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A card and the alerts that it reports."""

    kind: CardKind
    card: Card
    count: int
    """Number of dead letters, of state changes, of unreadable alerts, or of waiting messages, by the card's kind."""

    handles: Sequence[str] = ()
    """Receipt handles of the alerts that the card reports."""

    fingerprints: Sequence[str] = ()
    causes: Sequence[tuple[str, str]] = ()
    """Service and fingerprint of each cause that the card reports."""

    news: str = ""
    """Why the card of one cause is due; empty for other cards."""

    total: int = 0
    """Dead letters of that cause, those of earlier runs included."""

    ids: Sequence[str] = ()
    alarms: Sequence[str] = ()
    destination: str = ""
    """The destination that an outage's card is about."""

    pause: str = ""
    """The subject of the pause that the card is about."""


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Why messages of a type wait, for the card of its alarm."""

    text: Sentence
    mark: str
    """Whether people have to do something: 🔴; or not: 🟡 for a pause, 🔵 for a system that does not answer."""


def counted(number: int, noun: str) -> str:
    """`1 message`, `10,000 messages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
