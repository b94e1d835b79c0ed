"""The conservation check over everything that the scenarios published."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from local.polling import DeadlineExceededError, poll
from ops.terminal.output import console
from tests.e2e.chaos.chaos import Chaos

EVENTS = 1_500
"""The minimum over all scenarios; the whole long run of `make test-long` adds three thousand."""


def test_no_message_was_lost_or_processed_twice(chaos: Chaos, request: pytest.FixtureRequest) -> None:
    with suppress(DeadlineExceededError):
        poll(lambda: chaos.records.snapshot().reconciliation.holds, what="records without findings", seconds=30)

    snapshot = chaos.records.snapshot()

    follow_ups = snapshot.reconciliation.expected.total() - len(snapshot.accepted)
    console.print(
        f"\nAll scenarios: {len(snapshot.accepted)} accepted, {follow_ups} follow-ups; "
        f"{snapshot.side_effects.total()} side effects"
    )
    assert [finding.sentence() for finding in snapshot.reconciliation.findings] == []
    assert Counter(item.key for item in snapshot.accepted) <= snapshot.reconciliation.final
    if all_scenarios_ran(request.session):
        assert len(snapshot.accepted) + follow_ups >= EVENTS


def all_scenarios_ran(session: pytest.Session) -> bool:
    """Whether the session has all scenarios, not only selected ones."""
    here = Path(__file__).parent
    return {item.path for item in session.items} >= set(here.glob("test_*.py"))
