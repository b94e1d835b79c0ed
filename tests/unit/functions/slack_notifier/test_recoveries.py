"""Whoever was told that an alarm is on is told that it is over, whatever states lie between."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.functions.slack_notifier.slack_fakes import NOW, NotifierHarness, alarm, shown

LONG_AGO = "2026-01-02T03:04:05.678+0000"
STATES = ["ALARM", "OK", "INSUFFICIENT_DATA"]


def change(old: str, new: str, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """An alarm's change of state; the alarm was configured long ago."""
    return alarm(state=new, at=at, **{"OldStateValue": old, "AlarmConfigurationUpdatedTimestamp": LONG_AGO} | more)


def chain(*states: str, **more: Any) -> list[dict[str, Any]]:
    """The changes through these states, a minute apart."""
    return [
        change(old, new, NOW + timedelta(minutes=minute), **more) for minute, (old, new) in enumerate(pairwise(states))
    ]


def kinds(harness: NotifierHarness) -> list[str]:
    return [line["card"] for line in harness.logged("posted")]


@pytest.mark.parametrize(
    ("states", "cards"),
    [
        (["OK", "ALARM", "OK"], ["alarm", "recovery"]),
        (["OK", "ALARM", "INSUFFICIENT_DATA", "OK"], ["alarm", "alarm", "recovery"]),
        (["INSUFFICIENT_DATA", "ALARM", "OK"], ["alarm", "recovery"]),
        (["OK", "INSUFFICIENT_DATA", "ALARM", "OK"], ["alarm", "alarm", "recovery"]),
        (["OK", "INSUFFICIENT_DATA", "OK"], ["alarm", "recovery"]),
    ],
)
def test_each_change_in_a_run_of_its_own_gets_its_card(states: list[str], cards: list[str]) -> None:
    harness = NotifierHarness()
    for each in chain(*states):
        harness.send(each)
        harness.run()

    assert kinds(harness) == cards


@pytest.mark.parametrize(
    ("states", "cards"),
    [
        (["OK", "ALARM", "INSUFFICIENT_DATA", "OK"], ["recovery"]),
        (["ALARM", "INSUFFICIENT_DATA", "OK"], ["recovery"]),
        (["OK", "INSUFFICIENT_DATA", "OK"], []),
        (["OK", "OK"], []),
        (["OK", "ALARM", "INSUFFICIENT_DATA"], ["alarm"]),
    ],
)
def test_changes_in_one_run_are_one_card_or_none(states: list[str], cards: list[str]) -> None:
    harness = NotifierHarness()
    harness.send(*chain(*states))

    harness.run()

    assert kinds(harness) == cards
    assert harness.waiting == []


@pytest.mark.parametrize("name", ["taly-async-prod/email.send/oldest", "others/5xx"])
def test_recovery_by_way_of_a_state_that_is_not_notified_gets_a_card(name: str) -> None:
    harness = NotifierHarness()
    for each in (
        change("OK", "ALARM", AlarmName=name),
        change("INSUFFICIENT_DATA", "OK", NOW + timedelta(minutes=9), AlarmName=name),
    ):
        harness.send(each)
        harness.run()

    assert kinds(harness) == ["alarm", "recovery"]
    assert "Before, it had no data." in shown(harness.slack.posted[-1])


def test_recovery_is_told_once() -> None:
    harness = NotifierHarness()
    over = change("INSUFFICIENT_DATA", "OK", NOW + timedelta(minutes=9))
    for each in (change("OK", "ALARM"), over, over):
        harness.send(each)
        harness.run()

    assert kinds(harness) == ["alarm", "recovery"]


def test_recovery_that_could_not_be_posted_is_posted_later() -> None:
    harness = NotifierHarness()
    harness.send(change("OK", "ALARM"))
    harness.run()
    harness.slack.down = True
    harness.send(change("INSUFFICIENT_DATA", "OK", NOW + timedelta(minutes=9)))
    harness.run()
    harness.slack.down = False

    harness.run()

    assert kinds(harness) == ["alarm", "recovery"]


@pytest.mark.parametrize("configured_at", [LONG_AGO, None, "", "yesterday", 7])
def test_alarm_of_another_system_is_taken_to_have_recovered(configured_at: str | None) -> None:
    harness = NotifierHarness()
    over = change("INSUFFICIENT_DATA", "OK", AlarmName="others/5xx")

    harness.send(over | {"AlarmConfigurationUpdatedTimestamp": configured_at})
    harness.run()

    assert kinds(harness) == ["recovery"]


@pytest.mark.parametrize("minutes", [0, 3, 59])
def test_first_data_of_another_systems_new_alarm_get_no_card(minutes: int) -> None:
    harness = NotifierHarness()
    first = change("INSUFFICIENT_DATA", "OK", NOW + timedelta(minutes=minutes), AlarmName="others/5xx")

    harness.send(first | {"AlarmConfigurationUpdatedTimestamp": f"{NOW:%Y-%m-%dT%H:%M:%S}.000+0000"})
    harness.run()

    assert kinds(harness) == []
    assert harness.waiting == []


def test_first_data_of_this_systems_alarms_get_no_card_days_later() -> None:
    """A queue that was never used has no metric until somebody reads its attributes."""
    harness = NotifierHarness()
    harness.send(*[change("INSUFFICIENT_DATA", "OK", subject=f"type.{number}") for number in range(20)])

    harness.run()

    assert kinds(harness) == []
    assert harness.waiting == []


@settings(deadline=None)
@given(
    states=st.lists(st.sampled_from(STATES), min_size=1, max_size=8).map(lambda states: ["OK", *states]),
    cuts=st.lists(st.booleans(), min_size=8, max_size=8),
    again=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
def test_last_card_tells_the_state_in_which_an_alarm_ends(
    states: list[str], cuts: Sequence[bool], again: int, order: Random
) -> None:
    """Whatever is delivered together, twice or in another order: who was told of an alarm learns how it ended."""
    changes = [each for each in chain(*states) if each["OldStateValue"] != each["NewStateValue"]]
    harness = NotifierHarness()
    told, batch = "OK", []
    for each, cut in zip(changes, cuts, strict=False):
        batch.append(each)
        if cut or each is changes[-1]:
            batch += batch[:again]
            order.shuffle(batch)
            harness.send(*batch)
            harness.run()
            batch = []

    cards = kinds(harness)
    if changes:
        told = {"alarm": changes[-1]["NewStateValue"], "recovery": "OK"}[cards[-1]] if cards else "OK"
    assert told == (changes[-1]["NewStateValue"] if changes else "OK")
    assert harness.waiting == []
