"""The IANA time zones, which the layer of texts brings along."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lambdas.common.errors import PermanentError


def zone(name: str) -> ZoneInfo:
    """An IANA time zone.

    Raises:
        PermanentError: nobody knows it.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        raise PermanentError("the recipient's time zone is none that the IANA database has") from None
