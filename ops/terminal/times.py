"""Times as operators type and read them: `2h` for two hours ago, RFC 3339, durations such as `3 m 05 s`."""

import re
from datetime import UTC, datetime, timedelta

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_SPAN = re.compile("([0-9]{1,6})([smhdw])", re.ASCII)

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def moment(text: str, now: datetime) -> datetime:
    """Read a time that was typed; returns it in UTC.

    Args:
        text: how long ago, as in `90s`, `5m`, `2h`, `3d` or `1w`; or RFC 3339 with an offset.
        now: the time, with an offset.

    Raises:
        OperatorError: the text is neither, or a time before the year 1.
    """
    if ago := _SPAN.fullmatch(text.strip()):
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


def time_ahead(text: str, now: datetime) -> datetime:
    """Read a time to come that was typed; returns it in UTC.

    Args:
        text: how long from now, as in `30m`, `4h` or `2d`; or RFC 3339 with an offset.
        now: the time, with an offset.

    Raises:
        OperatorError: the text is neither, or the time is past.
    """
    try:
        at = now.astimezone(UTC) + duration(text) if _SPAN.fullmatch(text.strip()) else _absolute(text)
    except (ValueError, OverflowError):
        raise OperatorError(
            f"{printable(text)!r} is no time to come: give how long from now, such as 30m, 4h or 2d, "
            "or a time with its offset, such as 2026-04-14T12:00:00Z"
        ) from None
    if at <= now:
        raise OperatorError(f"{printable(text)} is past: it is {minute(now)} now")
    return at


def duration(text: str) -> timedelta:
    """Read a duration that was typed, as in `90s`, `5m`, `2h`, `3d` or `1w`.

    Raises:
        OperatorError: the text is none, or no time at all.
    """
    if not (found := _SPAN.fullmatch(text.strip())):
        raise OperatorError(f"{printable(text)!r} is no duration: give a number and s, m, h, d or w, such as 30m or 2h")
    if not int(found[1]):
        raise OperatorError(f"{printable(text)} is no time at all: give more")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def span(duration: timedelta) -> str:
    """A duration in its two largest units: `35 ms`, `4.2 s`, `3 m 05 s`, `2 h 10 m`, `1 d 02 h`; never negative."""
    seconds = max(0.0, duration.total_seconds())
    if round(seconds * 1000) < 1000:  # noqa: PLR2004 milliseconds of a second
        return f"{round(seconds * 1000)} ms"
    if seconds < _MINUTE - 0.05:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} m {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} m"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02} h"


def minute(at: datetime) -> str:
    """A time in UTC to the minute: `2026-04-14 12:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def after(duration: timedelta) -> str:
    """A time after a start, to the millisecond below a minute: `+0.035s`, `+3m05s`, `+2h10m`."""
    seconds = duration.total_seconds()
    if abs(seconds) < _MINUTE:
        return f"{seconds:+.3f}s"
    return f"{'+' if seconds > 0 else '-'}{span(abs(duration)).replace(' ', '')}"


def _absolute(text: str) -> datetime:
    """Read RFC 3339 with an offset: without one, the same text means another time in another country."""
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError("without an offset")
    return at.astimezone(UTC)
