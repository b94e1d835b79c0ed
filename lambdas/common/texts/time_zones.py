"""Look up IANA time zones; the layer with the `tzdata` package provides the database."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
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
