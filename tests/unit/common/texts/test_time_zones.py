"""Time zones by their names, and the times of activities."""

from datetime import UTC, datetime

import pytest

from lambdas.common.texts import local_time, time_zones


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", " ", "Etc/Unknown", "US/Pacific-New", "Europe/Atlantis", "Europe", "Factory", "localtime"),
        *("../../etc/passwd", "/etc/localtime", "a\0b", "x" * 300, "GMT+25", "CEST/"),
    ],
)
def test_a_zone_that_does_not_exist_is_utc(name: str | None) -> None:
    assert time_zones.zone(name) is UTC


@pytest.mark.parametrize("name", ["europe/berlin", "EUROPE/BERLIN", " Europe/Berlin\n"])
def test_time_zone_is_found_in_any_letter_case(name: str) -> None:
    assert time_zones.zone(name) == time_zones.zone("Europe/Berlin")


def test_time_zone_is_found_with_a_space_for_the_underscore() -> None:
    assert time_zones.zone("america/new york") == time_zones.zone("America/New_York")


@pytest.mark.parametrize("moment", ["2026-05-01T14:00:00Z", "2026-05-01T16:00:00+02:00"])
def test_time_in_an_activity_is_english_and_in_utc(moment: str) -> None:
    assert local_time.day_and_time(datetime.fromisoformat(moment)) == "Friday, 1 May 2026, 14:00 (UTC)"
