"""Check that every failure was alerted: compare the dead letters in the queues with the Slack cards.

A cause that goes on has no card for each dead letter: the notifier notes the others in the table of causes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.clock.simulated_clock import SimulatedClock
from local.emulator.deployment import STAGE
from local.standins.slack.state import SlackState
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import HOLDING_QUEUES
from schemas import signals
from schemas.advice import is_undelivered
from schemas.catalogue import CATALOGUE
from schemas.causes import Cause, read_causes
from schemas.names import CAUSES, QUEUE_PROCESSOR, SYSTEM, alarm_name, resource_name

_COUNT = re.compile(r"\*Messages\*\n([0-9,]+)")

_FINGERPRINT = re.compile(r"cause `([0-9a-f]{12})`")

_CAUSE = re.compile(r"• (?:Drill: )?([0-9,]+) of .*cause `([0-9a-f]{12})`")
"""A line of a card that several causes share."""

_ALARM = re.compile(r"`(taly-async-[^`/]+/[^`/]+/[^`/]+)`")

_WENT_OFF = "*State*\n`ALARM`"

_ALARMS_THAT_WENT_OFF = re.compile("^• ALARM: .*", re.MULTILINE)
"""A line about all alarms of one kind, on a card that several alarms share."""

_ALARMS = {
    QUEUE_PROCESSOR: alarm_name(STAGE, QUEUE_PROCESSOR, signals.REFUSED.slug),
    **{slug: alarm_name(STAGE, SYSTEM, slug) for slug in HOLDING_QUEUES},
    **{each.name: alarm_name(STAGE, each.name, signals.dead_letter_signal(each).slug) for each in CATALOGUE},
}
"""The alarm on each dead-letter queue and holding queue, by the queue's service."""

_MAX_MINUTES = 10

_PAGES = 10
"""Pages of the table of causes, at most; a stage on this machine has a part of one."""

ReadCauses = Callable[[], Sequence[Cause]]
"""Reads the causes that the notifier remembers."""


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """The failures that the Slack cards report, or must report."""

    dead_letters: Counter[str] = field(default_factory=Counter)
    """Messages by the fingerprint of their cause; a message that was dead-lettered twice counts once."""

    alarms: frozenset[str] = frozenset()
    """Names of the alarms that went off."""

    repeats: Counter[str] = field(default_factory=Counter)
    """Second dead letters of the same message, by fingerprint; the cards may count them or not.

    A function crashed between dead-lettering a message and logging that, so the message was dead-lettered again.
    """

    def differences(self, expected: "AlertCounts") -> list[str]:
        """Describe every difference from what must be reported, one sentence each."""
        return [
            *(
                f"cause {fingerprint}: the cards report {self.dead_letters[fingerprint]} dead letters, "
                f"the queues have {expected.dead_letters[fingerprint]}"
                for fingerprint in sorted(self.dead_letters.keys() | expected.dead_letters.keys())
                if not self.matches(fingerprint, expected)
            ),
            *(f"no card reports the alarm {name}" for name in sorted(expected.alarms - self.alarms)),
        ]

    def matches(self, fingerprint: str, expected: "AlertCounts") -> bool:
        """Whether the cards report as many dead letters of this cause as they must."""
        minimum = expected.dead_letters[fingerprint]
        return minimum <= self.dead_letters[fingerprint] <= minimum + expected.repeats[fingerprint]

    def covers(self, expected: "AlertCounts") -> bool:
        """Whether everything that must be reported is reported; more may be."""
        return not expected.dead_letters - self.dead_letters and expected.alarms <= self.alarms


def expected_alerts(dead_letters: Iterable[FoundDeadLetter]) -> AlertCounts:
    """The cards that these dead letters require: a count for each cause, an alarm for each queue.

    A webhook that its endpoint did not take requires the alarm alone: the notifier sums such ones up once a day.
    """
    dead_letters = list(dead_letters)
    with_cause = [each for each in dead_letters if each.dead_letter.fingerprint and not _is_summed_up(each)]
    copies = Counter(each.dead_letter.fingerprint for each in with_cause)
    messages = {(each.service, each.dead_letter.body, each.dead_letter.fingerprint) for each in with_cause}
    counts = Counter(fingerprint for _, _, fingerprint in messages)
    return AlertCounts(counts, frozenset(_ALARMS[each.service] for each in dead_letters), repeats=copies - counts)


def _is_summed_up(found: FoundDeadLetter) -> bool:
    dead_letter = found.dead_letter
    return is_undelivered(found.service, dead_letter.reason, dead_letter.history_text("errorClass"))


def remembered_causes(dynamodb: Any) -> Sequence[Cause]:
    """Read the causes that the local stage's notifier remembers."""
    return read_causes(dynamodb.scan, resource_name(STAGE, CAUSES), pages=_PAGES)[0]


def reported_alerts(cards: Iterable[Mapping[str, Any]], causes: Iterable[Cause] = ()) -> AlertCounts:
    """Add up what these cards report; of a cause with a card that is remembered, all that was noted counts."""
    dead_letters: Counter[str] = Counter()
    alarms: set[str] = set()
    for card in cards:
        texts = [text for block in card.get("blocks", ()) for text in _texts(block)]
        for count, fingerprint in _dead_letters(texts):
            dead_letters[fingerprint] += int(count.replace(",", ""))
        alarms.update(_alarms(texts))
    noted: Counter[str] = Counter()
    for cause in causes:
        noted[cause.fingerprint] += cause.total
    remembered = {fingerprint: noted[fingerprint] for fingerprint in dead_letters if noted[fingerprint]}
    return AlertCounts(Counter(dead_letters | remembered), frozenset(alarms))


@dataclass(frozen=True, slots=True)
class Alerts:
    """The Slack cards of a run."""

    cards: Sequence[Mapping[str, Any]]
    """The cards in Slack's channel, in order."""

    minutes: int
    """Simulated minutes until the cards were complete, or until waiting was given up."""

    expected: AlertCounts
    reported: AlertCounts
    """The failures that the cards report, with those that were noted after them."""

    @property
    def differences(self) -> Sequence[str]:
        """Every difference between expected and reported failures, one sentence each."""
        return self.reported.differences(self.expected)


def await_alerts(
    clock: SimulatedClock, slack: SlackState, dead_letters: Sequence[FoundDeadLetter], causes: ReadCauses
) -> Alerts:
    """Let minutes pass until Slack has cards for all these dead letters, for ten minutes at most.

    Raises:
        LocalStageError: the Slack notifier failed.
    """
    expected, before = expected_alerts(dead_letters), clock.minutes_passed
    while clock.minutes_passed - before < _MAX_MINUTES:
        clock.tick()
        if reported_alerts(slack.cards(), causes()).covers(expected):
            break
    cards = slack.cards()
    return Alerts(cards, clock.minutes_passed - before, expected, reported_alerts(cards, causes()))


def _dead_letters(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Count and fingerprint of each cause on a card, whether the card is about one cause or several."""
    for text in texts:
        yield from _CAUSE.findall(text)
        if count := _COUNT.fullmatch(text):
            yield from ((count[1], fingerprint) for other in texts for fingerprint in _FINGERPRINT.findall(other))


def _alarms(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for line in _ALARMS_THAT_WENT_OFF.findall(text):
            yield from _ALARM.findall(line)
        if text == _WENT_OFF:
            yield from (name for other in texts for name in _ALARM.findall(other))


def _texts(block: Mapping[str, Any]) -> Iterator[str]:
    for composed in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
        if composed:
            yield str(composed.get("text", ""))
