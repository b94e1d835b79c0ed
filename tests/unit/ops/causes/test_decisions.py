"""What operators may decide about a cause, and what is noted of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ops.causes.decisions import acknowledged, resolved, snoozed
from schemas.causes import LONGEST_SNOOZE, Cause, CauseState
from tests.unit.schemas.test_causes import ADA, FULL, NOW

ACTIONS: dict[CauseState, Callable[[Cause], Cause]] = {
    CauseState.ACKNOWLEDGED: lambda cause: acknowledged(cause, by=ADA, comment="mine", now=NOW),
    CauseState.SNOOZED: lambda cause: snoozed(cause, until=NOW + LONGEST_SNOOZE, by=ADA, comment="mine", now=NOW),
    CauseState.RESOLVED: lambda cause: resolved(cause, version="v2", by=ADA, comment="mine", now=NOW),
}


@pytest.mark.parametrize("state", ACTIONS)
def test_an_action_notes_the_operator_and_the_total(state: CauseState) -> None:
    before = replace(FULL, state=CauseState.OPEN)

    after = ACTIONS[state](before)

    assert (after.state, after.operator, after.comment) == (state, "assumed-role/Admin/ada", "mine")
    assert (after.changed_at, after.total_then, after.revision) == (NOW, before.total, before.revision + 1)
    assert (after.total, after.said_total, after.tenants) == (before.total, before.said_total, before.tenants)


@pytest.mark.parametrize("state", ACTIONS)
def test_a_later_action_replaces_an_earlier_one(state: CauseState) -> None:
    after = ACTIONS[state](FULL)

    assert (after.until is not None) == (state is CauseState.SNOOZED)
    assert (after.resolved_version != "") == (state is CauseState.RESOLVED)


@pytest.mark.parametrize("until", [NOW, NOW + LONGEST_SNOOZE + timedelta(seconds=1)])
def test_a_snooze_ends_within_seven_days(until: datetime) -> None:
    with pytest.raises(ValueError, match="7 days at most"):
        snoozed(FULL, until=until, by=ADA, comment="", now=NOW)


@pytest.mark.parametrize("state", [CauseState.OVER, CauseState.RESOLVED])
def test_only_a_cause_that_goes_on_is_acknowledged(state: CauseState) -> None:
    with pytest.raises(ValueError, match=f"c83d68dfbef7 of email.send is {state}: there is nothing to acknowledge"):
        acknowledged(replace(FULL, state=state), by=ADA, comment="", now=NOW)
