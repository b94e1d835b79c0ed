"""The promise, over everything that the other cases published."""

from contextlib import suppress

from local.polling import DeadlineExceededError
from tests.e2e.scene import Scene


def test_nothing_of_all_this_was_lost_or_done_twice(scene: Scene) -> None:
    with suppress(DeadlineExceededError):
        scene.eventually(lambda: scene.ledger.snapshot().balance.holds, what="the books to balance")

    balance = scene.ledger.snapshot().balance

    assert [finding.sentence() for finding in balance.findings] == []
    assert {item.id for item in scene.ledger.accepted} <= balance.final
