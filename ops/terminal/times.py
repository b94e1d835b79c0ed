"""Moments as people write them: `2h` for two hours ago, or RFC 3339."""

import re
from datetime import UTC, datetime, timedelta

from ops.terminal.errors import OperatorError
from ops.terminal.printable import printable

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile("([0-9]{1,6})([smhdw])", re.ASCII)


def moment(text: str, now: datetime) -> datetime:
    """The moment that is meant, in UTC.

    Args:
        text: so long ago, as in `90s`, `5m`, `2h`, `3d` or `1w`; or RFC 3339 with an offset.
        now: with an offset.

    Raises:
        OperatorError: it is neither, or before the year 1.
    """
    if ago := _AGO.fullmatch(text.strip()):
        try:
            return now.astimezone(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            raise OperatorError(f"{printable(text)} ago is before there was a calendar: give less") from None
    try:
        return _absolute(text)
    except (ValueError, OverflowError):
        raise OperatorError(
            f"{printable(text)!r} is no time: give how long ago, such as 90s, 5m, 2h or 3d, "
            "or a time with its offset, such as 2026-04-14T12:00:00Z"
        ) from None


def _absolute(text: str) -> datetime:
    """RFC 3339 names a day and its offset: without one, people of two countries mean two moments."""
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError("without an offset")
    return at.astimezone(UTC)
