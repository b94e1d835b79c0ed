"""The promise, over everything that the scenarios published."""

from contextlib import suppress
from pathlib import Path

import pytest

from local.polling import DeadlineExceededError, poll
from ops.terminal.output import console
from tests.e2e.chaos.chaos import Chaos

EVENTS = 1_500
"""At least, over all scenarios; with all of the long run, which `make test-long` has, three thousand more."""


def test_nothing_of_it_all_was_lost_or_done_twice(chaos: Chaos, request: pytest.FixtureRequest) -> None:
    with suppress(DeadlineExceededError):
        poll(lambda: chaos.ledger.snapshot().balance.holds, what="balanced books", seconds=30)

    snapshot = chaos.ledger.snapshot()

    followed = len(snapshot.balance.expected) - len({item.id for item in snapshot.accepted})
    console.print(
        f"\nAll scenarios: {len(snapshot.accepted)} accepted, {followed} followed; "
        f"{snapshot.side_effects.total()} side effects"
    )
    assert [finding.sentence() for finding in snapshot.balance.findings] == []
    assert {item.id for item in snapshot.accepted} <= snapshot.balance.final
    if all_scenarios_ran(request.session):
        assert len(snapshot.accepted) + followed >= EVENTS


def all_scenarios_ran(session: pytest.Session) -> bool:
    """Not just some that were picked out."""
    here = Path(__file__).parent
    return {item.path for item in session.items} >= set(here.glob("test_*.py"))
