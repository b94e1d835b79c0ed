"""Local times for customers: time zones by name, and times in English, whatever the process's locale.

The layer with the `tzdata` package provides the database of zones.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_NO_PLACE = {"factory", "localtime", "posixrules"}
"""Files of the database that are not about a place: the machine's own zone, or none."""


def zone(name: str | None) -> tzinfo:
    """Look up a time zone by its IANA name; UTC where the database has none of that name.

    Texts name the zone beside each time, so that the reader of a time in UTC knows. Case counts for nothing, and a
    space is an underscore: "europe/berlin" and "America/New York" are found.
    """
    return _found(name.strip().replace(" ", "_")) if name else UTC


def day(moment: datetime) -> str:
    """Format a date: "Wednesday, 15 April 2026"."""
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def day_and_time(moment: datetime) -> str:
    """Format a date and time: "Wednesday, 15 April 2026, 16:00 (CEST)"."""
    return f"{day(moment)}, {time_of_day(moment)}"


def time_of_day(moment: datetime) -> str:
    """Format a time of day: "16:00 (CEST)"."""
    return f"{moment:%H:%M} ({zone_name(moment)})"


def hours(start: datetime, end: datetime | None) -> str:
    """Format a range: "16:00 to 16:45 (CEST)", with the end's day or both time zones where they differ.

    Without an end, the start alone: "16:00 (CEST)".
    """
    if end is None:
        return time_of_day(start)
    since = f"{start:%H:%M}" if zone_name(start) == zone_name(end) else time_of_day(start)
    until = time_of_day(end) if end.date() == start.date() else day_and_time(end)
    return f"{since} to {until}"


def zone_name(moment: datetime) -> str:
    """Abbreviation of a time zone, such as CEST; UTC-03 or UTC+05:45 for a zone without one."""
    name = moment.tzname() or "UTC"
    if name[0].isalpha():
        return name
    whole_hours, minutes = name[:3], name[3:]
    return f"UTC{whole_hours}:{minutes}" if minutes else f"UTC{whole_hours}"


def _found(name: str) -> tzinfo:
    if name.lower() in _NO_PLACE:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        known = _names_in_lower_case().get(name.lower())
        return ZoneInfo(known) if known else UTC


@cache
def _names_in_lower_case() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}
