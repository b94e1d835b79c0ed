"""What people are told of one run: at most five cards of dead letters and five of alarms, the gravest first."""

from collections.abc import Iterator

from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.cards.alarm_cards import LookInto, alarm, more_alarms
from lambdas.slack_notifier.cards.card import Notice
from lambdas.slack_notifier.cards.dead_letter_cards import dead_letters, more_dead_letters
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.cards.unreadable_card import unreadable


def notices(digest: Digest, place: StageLocation, look_into: LookInto) -> Iterator[Notice]:
    """Every card of a run; where Slack stops taking them, the first were the ones to read."""
    own, shared = digest.ranked_alarms()
    yield from (alarm(each, place, look_into) for each in own if not each.is_over)
    if shared:
        yield more_alarms(shared, place)
    yield from without_alarms(digest, place)
    yield from (alarm(each, place, look_into) for each in own if each.is_over)


def without_alarms(digest: Digest, place: StageLocation) -> Iterator[Notice]:
    """Those that nothing else tells of."""
    own, shared = digest.ranked_causes()
    yield from (dead_letters(each, place) for each in own)
    if shared:
        yield more_dead_letters(shared, place)
    if digest.unreadable.found:
        yield unreadable(digest.unreadable, place)
