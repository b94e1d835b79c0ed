"""Durations and times after a start, as text."""

from datetime import timedelta

import pytest

from ops.terminal.times import after, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 ms"),
        (0, "0 ms"),
        (0.0354, "35 ms"),
        (0.9999, "1 s"),
        (4.2, "4.2 s"),
        (59.96, "1 m 00 s"),
        (185, "3 m 05 s"),
        (7_800, "2 h 10 m"),
        (93_600, "1 d 02 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "+0.000s"), (1.2345, "+1.234s"), (-0.5, "-0.500s"), (185, "+3m05s"), (-185, "-3m05s")]
)
def test_a_time_after_the_start_has_milliseconds_below_a_minute(seconds: float, text: str) -> None:
    assert after(timedelta(seconds=seconds)) == text
