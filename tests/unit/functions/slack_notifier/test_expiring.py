"""The card of dead letters that SQS deletes soon: which, and a command that exports exactly these."""

from datetime import timedelta
from typing import Any

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lambdas.slack_notifier.cards.expiring_card import MAX_QUEUES
from local.standins.slack.block_kit_rules import problems
from tests.unit.functions.slack_notifier.slack_fakes import NOW, NotifierHarness, expiring, shown


def queue(number: int) -> dict[str, Any]:
    return {"service": f"type.number_{number}", "count": 1, "companies": 1, "since": NOW.isoformat()}


def posted(*alerts: dict[str, Any]) -> list[Any]:
    harness = NotifierHarness()
    harness.send(*alerts)
    harness.run()
    assert not harness.waiting
    return harness.slack.posted


def test_expiring_card_snapshot(snapshot: SnapshotAssertion) -> None:
    (card,) = posted(expiring())

    assert card == snapshot(extension_class=JSONSnapshotExtension)


def test_several_alerts_are_one_card_about_the_latest() -> None:
    later = expiring(1, at=NOW + timedelta(days=1), queues=[queue(1), queue(2)])

    (card,) = posted(later, expiring())

    assert "2 dead letters will be deleted within three days" in card["text"]


def test_a_card_about_many_queues_names_the_first_and_counts_the_rest() -> None:
    (card,) = posted(expiring(queues=[queue(number) for number in range(200)]))

    assert problems(card) == []
    assert shown(card).count("type.number_") == MAX_QUEUES
    assert "190 dead letters in 190 more queues" in shown(card)
    assert "--type" not in shown(card)
