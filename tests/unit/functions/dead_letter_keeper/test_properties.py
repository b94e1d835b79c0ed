"""40 days of daily runs, some missed or killed: no dead letter is lost early, none lives too long, each gets a card."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.dead_letter_times import HOLDING_RETENTION, LONGEST_LIFE
from tests.unit.functions.dead_letter_keeper.keeper_harness import KeeperHarness, days, producers

DAYS = 40
ROOM = 9
"""Attributes of a producer that leave room for the keeper's."""


class Killed(BaseException):
    """Lambda ends the process: no handler catches it."""


@dataclass(frozen=True)
class Held:
    """A dead letter of the simulation."""

    id: str
    at: datetime
    has_room: bool


@dataclass
class Month:
    """A keeper whose runs may be missed or killed, and what became of each dead letter."""

    keeper: KeeperHarness
    arrived: list[Held]

    def day(self, arrivals: Sequence[tuple[int, int]], fate: int | None) -> None:
        """Let dead letters arrive within a day, then run; the fate is the AWS call after which the run is killed."""
        for hour, attributes in arrivals:
            began = self.keeper.clock.seconds
            self.keeper.clock.seconds += days(hour / 24)
            self._arrive(attributes)
            self.keeper.clock.seconds = began
        self.keeper.clock.sleep(days(1))
        if fate != 0:
            self._run(fate)

    def _arrive(self, attributes: int) -> None:
        held = Held(f"message-{len(self.arrived)}", self.keeper.clock.now(), attributes <= ROOM)
        self.arrived.append(held)
        self.keeper.put(held.id, producers(attributes))

    def _run(self, fate: int | None) -> None:
        left = fate

        def count(_operation: str) -> None:
            nonlocal left
            if left is not None:
                left -= 1
                if left == 0:
                    raise Killed

        self.keeper.sqs.after = self.keeper.events.after = count
        with suppress(Killed):
            self.keeper.run()

    def alive(self) -> dict[str, int]:
        """The number of copies of each message id."""
        ids = [json.loads(each.body)["id"] for each in self.keeper.held()]
        return {each: ids.count(each) for each in ids}


arrivals = st.lists(st.tuples(st.integers(1, 23), st.integers(0, 10)), max_size=2)
"""Within a day: the hour of each dead letter, and the number of its producer's attributes."""

fates = st.lists(st.integers(0, 12) | st.none() | st.none() | st.none(), min_size=DAYS, max_size=DAYS)
"""Of each day's run: missed (0), killed after so many calls, or complete."""


def without_two_bad_days(days_of_runs: Sequence[int | None]) -> list[int | None]:
    """One bad day is the most between two complete runs: four days remain, and the alarm goes off after two."""
    kept: list[int | None] = []
    for fate in days_of_runs:
        kept.append(None if kept and kept[-1] is not None else fate)
    return kept


@given(st.lists(arrivals, min_size=5, max_size=5), fates)
@settings(max_examples=40, deadline=None)
def test_every_dead_letter_lives_long_ends_in_time_and_gets_a_card(
    early: list[list[tuple[int, int]]], fates: list[int | None]
) -> None:
    month = Month(KeeperHarness(), [])
    ended: dict[str, datetime] = {}
    carded: dict[str, datetime] = {}

    for number, fate in enumerate(without_two_bad_days(fates)):
        cards = len(month.keeper.cards)
        month.day(early[number] if number < len(early) else [], fate)
        now, alive = month.keeper.clock.now(), month.alive()
        for held in month.arrived:
            if held.id not in alive:
                ended.setdefault(held.id, now)
            elif len(month.keeper.cards) > cards and held.at.isoformat() < month.keeper.cards[-1]["until"]:
                carded.setdefault(held.id, now)

    day = timedelta(days=1)
    for held in month.arrived:
        life = ended[held.id] - held.at
        assert life >= (24 * day if held.has_room else HOLDING_RETENTION)
        assert life <= LONGEST_LIFE + day, "seen at the first run after its end"
        assert carded[held.id] < ended[held.id]
