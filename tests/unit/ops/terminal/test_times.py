"""Times as operators type them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.terminal.errors import OperatorError
from ops.terminal.times import duration, moment

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        (" 3d ", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("0s", timedelta(0)),
    ],
)
def test_a_number_with_a_unit_is_a_time_ago(text: str, ago: timedelta) -> None:
    assert moment(text, NOON) == NOON - ago


@pytest.mark.parametrize(
    "text", ["2026-04-14T10:00:00Z", "2026-04-14T12:00:00+02:00", "2026-04-14 10:00:00Z", "2026-04-14T10:00Z"]
)
def test_a_time_with_an_offset_is_read_as_utc(text: str) -> None:
    at = moment(text, NOON)

    assert at == NOON - timedelta(hours=2)
    assert at.tzinfo == UTC


@pytest.mark.parametrize("text", ["", "2", "h", "two hours", "-2h", "2026-04-14T10:00:00", "٢h", "\x1b[2J", "2hours"])
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(OperatorError, match="is no time: give how long ago") as raised:
        moment(text, NOON)

    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("text", ["999999w", "999999d"])
def test_a_time_before_the_calendar_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(OperatorError, match="before there was a calendar"):
        moment(text, NOON)


@given(st.text())
def test_any_text_is_a_time_or_is_refused_with_a_sentence(text: str) -> None:
    with suppress(OperatorError):
        assert moment(text, NOON).tzinfo == UTC


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        (" 30m ", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1w", timedelta(7)),
    ],
)
def test_a_number_with_a_unit_is_a_duration(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "2", "h", "0m", "-1h", "1.5h", "2 h", "2h30m", "1234567s", "٣h"])
def test_another_text_is_no_duration(text: str) -> None:
    with pytest.raises(OperatorError, match="is no"):
        duration(text)
