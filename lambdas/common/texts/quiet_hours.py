"""Quiet hours: the hours of a recipient's night in which no text is sent."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, Self

from lambdas.common.follow_ups import AT_ONCE
from lambdas.common.runtime import Runtime
from lambdas.common.texts import time_zones
from schemas.event_type import Needs

_HOURS = re.compile("{at}-{at}".format(at="([01][0-9]|2[0-3]):[0-5][0-9]"))


class QuietHours:
    """The stage's quiet hours, by each recipient's clock: from a time of day until before another."""

    need: ClassVar[Needs] = Needs.QUIET_HOURS

    def __init__(self, hours: str, now: Callable[[], datetime]) -> None:
        """Use these hours.

        Args:
            hours: begin and end, such as `21:00-08:00`: 21:00 is quiet, 08:00 is not. Empty: no hour is quiet.
            now: the clock.

        Raises:
            ValueError: `hours` has another form. The text shows it: it is a setting of the stage.
        """
        self._begin, self._end = _times(hours)
        self._now = now

    @classmethod
    def connect(cls, runtime: Runtime) -> Self:
        """Use the stage's setting."""
        return cls(runtime.environment.quiet_hours, runtime.now)

    def wait_until(self, time_zone: str | None) -> datetime | None:
        """Return until when a text to a recipient has to wait; None: it need not wait.

        The recipient's clock decides. Where it is set back over the end, it shows the end twice: the first time counts.
        Where it is set forward over the end, the text waits for as long as if it were not, at most an hour too long.
        Within the last minutes it waits a little longer: a schedule that is due at once would not be kept.

        Args:
            time_zone: the recipient's zone, by its IANA name; UTC where there is none of that name.
        """
        zone, now = time_zones.zone(time_zone), self._now()
        today = now.astimezone(zone)
        if not self._is_quiet(today.time()):
            return None
        ends = (
            datetime.combine(today + timedelta(days=days), self._end, zone).replace(fold=fold).astimezone(UTC)
            for days in (0, 1, 2)  # a zone that moves over the date line skips a day
            for fold in (0, 1)
        )
        end = min(end for end in ends if end > now and not self._is_quiet(end.astimezone(zone).time()))
        return max(end, now + 2 * AT_ONCE)

    def _is_quiet(self, at: time) -> bool:
        if self._begin <= self._end:
            return self._begin <= at < self._end
        return at >= self._begin or at < self._end


def _times(hours: str) -> tuple[time, time]:
    """Read the setting; begin and end are the same where no hour is quiet."""
    if not hours:
        return time(), time()
    if not _HOURS.fullmatch(hours):
        raise ValueError(f"quiet_hours must be two times of day such as 21:00-08:00, found {hours!r}")
    begin, end = map(time.fromisoformat, hours.split("-"))
    return begin, end
