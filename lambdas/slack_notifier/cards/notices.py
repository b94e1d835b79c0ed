"""The cards of one run, most urgent first: a few causes and alarms get a card each, the others share cards."""

from collections.abc import Iterator
from itertools import islice

from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.cards.alarm_cards import InspectQueue, WaitsFor, alarm, more_alarms
from lambdas.slack_notifier.cards.card import Notice
from lambdas.slack_notifier.cards.dead_letter_cards import dead_letters, more_dead_letters
from lambdas.slack_notifier.cards.expiring_card import expiring
from lambdas.slack_notifier.cards.pages import MAX_PAGES
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.cards.unreadable_card import unreadable
from lambdas.slack_notifier.causes.causes import Causes


def all_notices(
    digest: Digest, causes: Causes, location: StageLocation, inspect_queue: InspectQueue, waits_for: WaitsFor
) -> Iterator[Notice]:
    """All cards of a run, most urgent first, because Slack may stop accepting them midway."""
    single, shared = digest.ranked_alarms()
    yield from (alarm(each, location, inspect_queue, waits_for) for each in single if not each.is_ok)
    yield from islice(more_alarms([each for each in shared if not each.is_ok], location), MAX_PAGES)
    yield from notices_without_alarms(digest, causes, location)
    yield from (alarm(each, location, inspect_queue, waits_for) for each in single if each.is_ok)
    yield from islice(more_alarms([each for each in shared if each.is_ok], location), MAX_PAGES)


def notices_without_alarms(digest: Digest, causes: Causes, location: StageLocation) -> Iterator[Notice]:
    """The cards of causes and unreadable alerts, which reach operators by no other channel."""
    single, shared = causes.ranked(digest)
    yield from dead_letters(single, causes.claim, location)
    yield from islice(more_dead_letters(shared, causes.claim, location), MAX_PAGES)
    yield from expiring(digest.expiring, location)
    yield from islice(unreadable(digest.unreadable, location), MAX_PAGES)
    single, shared = causes.over()
    yield from dead_letters(single, causes.claim, location)
    yield from islice(more_dead_letters(shared, causes.claim, location), MAX_PAGES)
