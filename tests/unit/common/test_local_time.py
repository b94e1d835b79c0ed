"""Local times as text."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.texts import local_time, time_zones


def at(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(time_zones.zone(zone))


AFTERNOON = "2026-04-15T14:00:00Z"


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", " ", "Etc/Unknown", "US/Pacific-New", "Europe/Atlantis", "Europe", "Factory", "localtime"),
        *("../../etc/passwd", "/etc/localtime", "a\0b", "x" * 300, "GMT+25", "CEST/"),
    ],
)
def test_time_in_a_zone_that_does_not_exist_is_in_utc(name: str | None) -> None:
    moment = datetime.fromisoformat(AFTERNOON).astimezone(time_zones.zone(name))

    assert local_time.time_of_day(moment) == "14:00 (UTC)"


@pytest.mark.parametrize("name", ["europe/berlin", "EUROPE/BERLIN", " Europe/Berlin\n"])
def test_time_zone_is_found_in_any_letter_case(name: str) -> None:
    assert time_zones.zone(name) == time_zones.zone("Europe/Berlin")


def test_time_zone_is_found_with_a_space_for_the_underscore() -> None:
    assert time_zones.zone("america/new york") == time_zones.zone("America/New_York")


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "Wednesday, 15 April 2026"),
        ("Pacific/Kiritimati", "Thursday, 16 April 2026"),
    ],
)
def test_day_is_the_one_in_the_time_zone(zone: str, day: str) -> None:
    assert local_time.day(at(AFTERNOON, zone)) == day


def test_day_of_one_digit_has_no_leading_zero() -> None:
    assert local_time.day(datetime(2026, 5, 1, tzinfo=UTC)) == "Friday, 1 May 2026"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Berlin", "CEST"),
        ("UTC", "UTC"),
        ("America/Sao_Paulo", "UTC-03"),
        ("Pacific/Kiritimati", "UTC+14"),
        ("Asia/Kathmandu", "UTC+05:45"),
        ("Pacific/Marquesas", "UTC-09:30"),
    ],
)
def test_time_zone_without_abbreviation_is_named_by_its_offset(zone: str, name: str) -> None:
    assert local_time.zone_name(at(AFTERNOON, zone)) == name


def test_time_of_day_names_the_time_zone() -> None:
    assert local_time.time_of_day(at(AFTERNOON, "Europe/Berlin")) == "16:00 (CEST)"


def test_day_and_time_are_formatted() -> None:
    assert local_time.day_and_time(at(AFTERNOON, "Europe/Berlin")) == "Wednesday, 15 April 2026, 16:00 (CEST)"


@pytest.mark.parametrize(
    ("start", "minutes", "text"),
    [
        (AFTERNOON, 45, "16:00 to 16:45 (CEST)"),
        ("2026-04-15T21:30:00Z", 60, "23:30 to Thursday, 16 April 2026, 00:30 (CEST)"),
    ],
)
def test_hours_name_the_end_day_only_if_it_differs(start: str, minutes: int, text: str) -> None:
    since = at(start, "Europe/Berlin")

    assert local_time.hours(since, since + timedelta(minutes=minutes)) == text


def test_hours_without_an_end_are_the_start() -> None:
    assert local_time.hours(at(AFTERNOON, "Europe/Berlin"), None) == "16:00 (CEST)"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "01:30 (CET) to 03:30 (CEST)"),
        ("2026-10-25T00:30:00Z", "2026-10-25T01:15:00Z", "02:30 (CEST) to 02:15 (CET)"),
    ],
)
def test_hours_across_a_clock_change_name_both_zones(start: str, end: str, text: str) -> None:
    assert local_time.hours(at(start, "Europe/Berlin"), at(end, "Europe/Berlin")) == text
