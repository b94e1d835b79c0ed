"""The sparkline counts every time once; its last bar ends now, and its step fits the oldest time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.graph.sparkline import sparkline
from tests.fakes.service import NOON

BARS = 24
ages = st.floats(-1_000_000, 14 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def ago(**duration: float) -> datetime:
    return NOON - timedelta(**duration)


@given(ages=st.lists(st.one_of(st.none(), ages)))
def test_every_known_time_is_in_one_bar(ages: list[timedelta | None]) -> None:
    line = sparkline((None if age is None else NOON - age for age in ages), NOON)

    assert len(line.counts) == BARS
    assert sum(line.counts) == sum(age is not None for age in ages)
    assert line.highest == max(1, *line.counts)


@given(older=ages, younger=ages)
def test_later_time_is_never_further_left(older: timedelta, younger: timedelta) -> None:
    older, younger = max(older, younger), min(older, younger)

    counts = sparkline([NOON - older, NOON - younger, NOON - younger], NOON).counts

    weights = [index for index, count in enumerate(counts) for _ in range(count)]
    assert counts.index(max(counts)) == weights[-1]


@given(age=st.floats(0, 14 * 86_400).map(lambda seconds: timedelta(seconds=seconds)))
def test_each_bar_is_one_step_and_the_last_ends_now(age: timedelta) -> None:
    line = sparkline([NOON - age], NOON)

    bar = line.counts.index(1)
    left = BARS - 1 - bar
    assert left * line.step <= age < (left + 1) * line.step


def test_all_bars_are_empty_without_times() -> None:
    line = sparkline([], NOON)

    assert (line.counts, line.highest) == ((0,) * BARS, 1)
    assert line.description == "the last 2 m 00 s, 5 s a bar, at most 0"


def test_current_time_is_in_the_last_bar() -> None:
    assert sparkline([NOON], NOON).counts[-1] == 1


def test_future_time_is_in_the_last_bar() -> None:
    assert sparkline([ago(seconds=-40), ago(days=-4_000)], NOON).counts[-1] == 2


@pytest.mark.parametrize(
    ("age", "step"),
    [
        (timedelta(seconds=119), timedelta(seconds=5)),
        (timedelta(seconds=120), timedelta(seconds=15)),
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(days=1), timedelta(hours=3)),
        (timedelta(days=14), timedelta(days=1)),
    ],
    ids=str,
)
def test_step_is_the_shortest_that_covers_the_oldest(age: timedelta, step: timedelta) -> None:
    assert sparkline([NOON - age, NOON], NOON).step == step


def test_times_before_sqs_s_retention_are_in_the_first_bar() -> None:
    line = sparkline([datetime.min.replace(tzinfo=NOON.tzinfo), ago(days=14)], NOON)

    assert line.counts[0] == 1
    assert line.counts[BARS - 1 - 14] == 1


def test_description_names_duration_step_and_maximum() -> None:
    assert sparkline([ago(days=10)] * 1_200, NOON).description == "the last 12 d 00 h, 12 h 00 m a bar, at most 1,200"
