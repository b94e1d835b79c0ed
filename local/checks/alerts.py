"""Whether people are told of what went wrong, and what they then see in Slack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.checks.letters import Letter
from local.checks.told import Told, told, wanted
from local.clock.minutes import Minutes
from local.standins.slack.state import SlackBooks

_MOST_MINUTES = 10


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


def tell(minutes: Minutes, slack: SlackBooks, letters: Sequence[Letter]) -> Alerts:
    """Let minutes pass until people are told of these letters, or until it would have happened by now.

    Raises:
        LocalStageError: the Slack notifier failed.
    """
    must, before = wanted(letters), minutes.passed
    while minutes.passed - before < _MOST_MINUTES:
        minutes.pass_one()
        if told(slack.cards()).covers(must):
            break
    return Alerts(slack.cards(), minutes.passed - before, must)
