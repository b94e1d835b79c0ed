"""Look up IANA time zones; the layer with the `tzdata` package provides the database."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lambdas.common.errors import PermanentError


def zone(name: str) -> ZoneInfo:
    """Look up a time zone by its IANA name.

    Raises:
        PermanentError: the database has no zone of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        raise PermanentError("the recipient's time zone is none that the IANA database has") from None
