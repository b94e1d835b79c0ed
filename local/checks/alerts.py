"""Whether people are told of what went wrong: what they must see in Slack, and what its cards tell."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.clock.simulated_clock import SimulatedClock
from local.emulator.deployment import STAGE
from local.standins.slack.state import SlackState
from ops.dead_letters.search import Found
from ops.stage.services import HOLDING_QUEUES
from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR, SYSTEM, alarm_name

_COUNT = re.compile(r"\*Messages\*\n([0-9,]+)")

_FINGERPRINT = re.compile(r"cause `([0-9a-f]{12})`")

_CAUSE = re.compile(r"• (?:Drill: )?([0-9,]+) of .*cause `([0-9a-f]{12})`")
"""A line of the card that several causes share."""

_ALARM = re.compile(r"`(taly-async-[^`/]+/[^`/]+/[^`/]+)`")

_WENT_OFF = "*State*\n`ALARM`"

_ALARM_THAT_WENT_OFF = re.compile(rf"• ALARM: .*{_ALARM.pattern}")
"""A line of the card that several alarms share."""

_ALARMS = {
    QUEUE_PROCESSOR: alarm_name(STAGE, QUEUE_PROCESSOR, signals.REFUSED.slug),
    **{slug: alarm_name(STAGE, SYSTEM, slug) for slug in HOLDING_QUEUES},
    **{each.name: alarm_name(STAGE, each.name, signals.DEAD_LETTERS.slug) for each in CATALOGUE},
}
"""The alarm on each queue where messages rest, by whose they are."""

_MOST_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What people know, or are to know."""

    letters: Counter[str] = field(default_factory=Counter)
    """Dead letters, by their cause's fingerprint; one that lies there twice counts once."""

    alarms: frozenset[str] = frozenset()
    """Names of the alarms that went off."""

    twice: Counter[str] = field(default_factory=Counter)
    """How many more letters lie there, by their cause: a function died when it had given a message up and not yet said
    so, and gave it up again. They may be told of or not."""

    def lacks(self, wanted: "Told") -> list[str]:
        """What is not as it must be, in sentences."""
        return [
            *(
                f"of cause {fingerprint} the cards tell of {self.letters[fingerprint]} dead letters, "
                f"and {wanted.letters[fingerprint]} lie there"
                for fingerprint in sorted(self.letters.keys() | wanted.letters.keys())
                if not self.is_told(fingerprint, wanted)
            ),
            *(f"no card tells that the alarm {name} went off" for name in sorted(wanted.alarms - self.alarms)),
        ]

    def is_told(self, fingerprint: str, wanted: "Told") -> bool:
        """Whether the letters of a cause are told of, and no others."""
        fewest = wanted.letters[fingerprint]
        return fewest <= self.letters[fingerprint] <= fewest + wanted.twice[fingerprint]

    def covers(self, wanted: "Told") -> bool:
        """Whether people know of all that they are to know of, or of more."""
        return not wanted.letters - self.letters and wanted.alarms <= self.alarms


def wanted(letters: Iterable[Found]) -> Told:
    """What must be told of letters: the cause of each that has one, and each queue that has any."""
    letters = list(letters)
    causes = [each for each in letters if each.dead_letter.fingerprint]
    lying = Counter(each.dead_letter.fingerprint for each in causes)
    messages = {
        (each.service, each.dead_letter.id or each.dead_letter.sqs_message_id, each.dead_letter.fingerprint)
        for each in causes
    }
    once = Counter(fingerprint for _, _, fingerprint in messages)
    return Told(once, frozenset(_ALARMS[each.service] for each in letters), twice=lying - once)


def told(cards: Iterable[Mapping[str, Any]]) -> Told:
    """What the cards tell, taken together."""
    letters: Counter[str] = Counter()
    alarms: set[str] = set()
    for card in cards:
        texts = [text for block in card.get("blocks", ()) for text in _texts(block)]
        for number, fingerprint in _letters(texts):
            letters[fingerprint] += int(number.replace(",", ""))
        alarms.update(_alarms(texts))
    return Told(letters, frozenset(alarms))


@dataclass(frozen=True, slots=True)
class Alerts:
    """What people were told."""

    cards: Sequence[Mapping[str, Any]]
    """What is in Slack's channel, in order."""

    minutes: int
    """Until then."""

    wanted: Told
    """What they had to be told of."""

    @property
    def told(self) -> Told:
        """What the cards tell."""
        return told(self.cards)

    @property
    def lacks(self) -> Sequence[str]:
        """What is not as it must be, in sentences."""
        return self.told.lacks(self.wanted)


def tell(minutes: SimulatedClock, slack: SlackState, letters: Sequence[Found]) -> Alerts:
    """Let minutes pass until people are told of these letters, or until it would have happened by now.

    Raises:
        LocalStageError: the Slack notifier failed.
    """
    must, before = wanted(letters), minutes.passed
    while minutes.passed - before < _MOST_MINUTES:
        minutes.tick()
        if told(slack.cards()).covers(must):
            break
    return Alerts(slack.cards(), minutes.passed - before, must)


def _letters(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """How many, and their cause's fingerprint: of the one that a card is about, or of those that share it."""
    for text in texts:
        yield from _CAUSE.findall(text)
        if count := _COUNT.fullmatch(text):
            yield from ((count[1], fingerprint) for other in texts for fingerprint in _FINGERPRINT.findall(other))


def _alarms(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from _ALARM_THAT_WENT_OFF.findall(text)
        if text == _WENT_OFF:
            yield from (name for other in texts for name in _ALARM.findall(other))


def _texts(block: Mapping[str, Any]) -> Iterator[str]:
    for composed in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
        if composed:
            yield str(composed.get("text", ""))
