"""The conservation check over everything that the other tests published."""

from collections import Counter
from contextlib import suppress

from local.polling import DeadlineExceededError
from tests.e2e.scene import Scene


def test_no_message_was_lost_or_processed_twice(scene: Scene) -> None:
    with suppress(DeadlineExceededError):
        scene.eventually(lambda: scene.records.snapshot().reconciliation.holds, what="records without findings")

    result = scene.records.snapshot().reconciliation

    assert [finding.sentence() for finding in result.findings] == []
    assert Counter(item.key for item in scene.records.accepted) <= result.final
