"""How long something took or takes, as people read it."""

from datetime import timedelta

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def span(duration: timedelta) -> str:
    """Short, and as exact as it matters: `35 ms`, `4.2 s`, `3 m 05 s`, `2 h 10 m`, `1 d 02 h`; never negative."""
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


def after(duration: timedelta) -> str:
    """So long after the start, to the millisecond while it is below a minute: `+0.035s`, `+3m05s`, `+2h10m`."""
    seconds = duration.total_seconds()
    if abs(seconds) < _MINUTE:
        return f"{seconds:+.3f}s"
    return f"{'+' if seconds > 0 else '-'}{span(abs(duration)).replace(' ', '')}"
