"""The cards of one run, most urgent first: at most five of dead letters and five of alarms."""

from collections.abc import Iterator

from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.cards.alarm_cards import InspectQueue, alarm, more_alarms
from lambdas.slack_notifier.cards.card import Notice
from lambdas.slack_notifier.cards.dead_letter_cards import dead_letters, more_dead_letters
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.cards.unreadable_card import unreadable


def all_notices(digest: Digest, location: StageLocation, inspect_queue: InspectQueue) -> Iterator[Notice]:
    """All cards of a run, most urgent first, because Slack may stop accepting them midway."""
    single, shared = digest.ranked_alarms()
    yield from (alarm(each, location, inspect_queue) for each in single if not each.is_ok)
    if shared:
        yield more_alarms(shared, location)
    yield from notices_without_alarms(digest, location)
    yield from (alarm(each, location, inspect_queue) for each in single if each.is_ok)


def notices_without_alarms(digest: Digest, location: StageLocation) -> Iterator[Notice]:
    """The cards of dead letters and unreadable alerts, which reach operators by no other channel."""
    single, shared = digest.ranked_causes()
    yield from (dead_letters(cause, location) for cause in single)
    if shared:
        yield more_dead_letters(shared, location)
    if digest.unreadable.found:
        yield unreadable(digest.unreadable, location)
