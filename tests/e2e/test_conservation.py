"""The promise, over everything that the other cases published."""

from ops.local.ledger import Snapshot
from tests.e2e.scene import Scene


def test_nothing_of_all_this_was_lost_or_done_twice(scene: Scene) -> None:
    def all_final() -> Snapshot | None:
        snapshot = scene.ledger.snapshot()
        return snapshot if snapshot.balance.final == snapshot.balance.expected else None

    balance = scene.eventually(all_final, what="every accepted id to be final").balance

    assert [finding.sentence() for finding in balance.findings] == []
