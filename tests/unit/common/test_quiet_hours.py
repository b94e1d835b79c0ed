"""Quiet hours by the recipient's clock, on the days too when it is changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.follow_ups import AT_ONCE
from lambdas.common.texts.quiet_hours import QuietHours

NIGHT = "21:00-08:00"
BERLIN = "Europe/Berlin"


def wait_until(local: str, zone: str = BERLIN, hours: str = NIGHT, *, fold: int = 0) -> str | None:
    """Until when a text waits, by the recipient's clock; None: it is sent at once."""
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    end = QuietHours(hours, lambda: now.astimezone(UTC)).wait_until(zone)
    return f"{end.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S%z}" if end else None


@pytest.mark.parametrize(
    ("local", "hours", "until"),
    [
        ("2026-04-14 20:59:59", NIGHT, None),
        ("2026-04-14 21:00:00", NIGHT, "2026-04-15 08:00:00+0200"),
        ("2026-04-14 23:59:59", NIGHT, "2026-04-15 08:00:00+0200"),
        ("2026-04-15 00:00:00", NIGHT, "2026-04-15 08:00:00+0200"),
        ("2026-04-15 07:57:59", NIGHT, "2026-04-15 08:00:00+0200"),
        ("2026-04-15 08:00:00", NIGHT, None),
        ("2026-04-15 12:00:00", "12:00-14:30", "2026-04-15 14:30:00+0200"),
        ("2026-04-15 14:29:00", "12:00-14:30", "2026-04-15 14:31:00+0200"),
        ("2026-04-15 14:30:00", "12:00-14:30", None),
        ("2026-04-15 11:59:59", "12:00-14:30", None),
        ("2026-04-15 23:30:00", "22:00-00:00", "2026-04-16 00:00:00+0200"),
        ("2026-04-15 00:00:00", "22:00-00:00", None),
        ("2026-04-15 00:00:00", "00:00-08:00", "2026-04-15 08:00:00+0200"),
        ("2026-12-31 22:00:00", NIGHT, "2027-01-01 08:00:00+0100"),
        ("2026-04-15 03:00:00", "", None),
        ("2026-04-15 08:00:00", "08:00-08:00", None),
    ],
)
def test_begin_is_quiet_and_end_is_not(local: str, hours: str, until: str | None) -> None:
    assert wait_until(local, hours=hours) == until


def test_a_text_of_the_last_minute_waits_long_enough_for_a_schedule() -> None:
    assert wait_until("2026-04-15 07:59:30") == "2026-04-15 08:01:30+0200"


@pytest.mark.parametrize(
    ("local", "fold", "hours", "until"),
    [
        ("2026-03-28 22:00:00", 0, NIGHT, "2026-03-29 08:00:00+0200"),  # an hour less
        ("2026-10-24 22:00:00", 0, NIGHT, "2026-10-25 08:00:00+0100"),  # an hour more
        ("2026-03-28 22:00:00", 0, "21:00-02:30", "2026-03-29 03:30:00+0200"),  # there is no 02:30
        ("2026-10-24 22:00:00", 0, "21:00-02:30", "2026-10-25 02:30:00+0200"),  # there are two
        ("2026-10-25 02:45:00", 0, "21:00-02:30", None),
        ("2026-10-25 02:10:00", 1, "21:00-02:30", "2026-10-25 02:30:00+0100"),
        ("2026-10-25 02:30:00", 1, "21:00-02:30", None),
        ("2026-10-25 02:30:00", 1, "02:30-08:00", "2026-10-25 08:00:00+0100"),
    ],
)
def test_the_clocks_changes_count(local: str, fold: int, hours: str, until: str | None) -> None:
    assert wait_until(local, hours=hours, fold=fold) == until


def test_a_day_that_a_zone_skips_ends_no_quiet_hours() -> None:
    assert wait_until("2011-12-29 23:30:00", "Pacific/Apia") == "2011-12-31 08:00:00+1400"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", None])
def test_an_unknown_zone_is_utc(zone: str | None) -> None:
    now = datetime(2026, 4, 14, 21, 0, tzinfo=UTC)

    assert QuietHours(NIGHT, lambda: now).wait_until(zone) == datetime(2026, 4, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours", ["21:00", "21:00-", "9-8", "21:00-24:00", "21:60-08:00", "21:00 - 08:00", "21:00-08:00Z", "T21:0-08:00"]
)
def test_other_forms_of_the_setting_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="two times of day such as 21:00-08:00"):
        QuietHours(hours, lambda: datetime.now(UTC))


ZONES = [
    *("Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"),
    *("Asia/Beirut", "Pacific/Chatham", "America/St_Johns", "Atlantic/Azores", "America/Scoresbysund", "UTC"),
]
TIMES = st.builds(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}", st.integers(0, 24 * 60 - 1))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 of UTC


@given(begin=TIMES, end=TIMES, now=MOMENTS, zone=st.sampled_from(ZONES))
@settings(max_examples=300, derandomize=True, database=None, deadline=None)
def test_a_text_waits_until_the_first_moment_that_is_not_quiet(begin: str, end: str, now: datetime, zone: str) -> None:
    def is_quiet(moment: datetime) -> bool:
        shown = f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
        return begin <= shown < end if begin <= end else shown >= begin or shown < end

    until = QuietHours(f"{begin}-{end}", lambda: now).wait_until(zone)

    if until is None:
        assert not is_quiet(now)
        return
    assert is_quiet(now)
    assert now + AT_ONCE < until <= now + timedelta(hours=26)
    assert not is_quiet(until) or until == now + 2 * AT_ONCE
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    ends = next(
        minute + timedelta(minutes=count) for count in range(26 * 60) if not is_quiet(minute + timedelta(minutes=count))
    )
    skipped = now.astimezone(ZoneInfo(zone)).utcoffset() != until.astimezone(ZoneInfo(zone)).utcoffset()
    longest = timedelta(hours=1) if skipped else timedelta()
    assert ends <= until <= max(ends + longest, now + 2 * AT_ONCE)
