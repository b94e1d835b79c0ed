"""The rate limit of a redrive: a maximum of messages per second."""

from collections.abc import Callable


class RateLimiter:
    """Spreads messages evenly over time, so that no more than a rate are sent."""

    def __init__(self, rate: float | None, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Limit to a rate.

        Args:
            rate: messages a second; None for as fast as it goes.
            clock: seconds.
            sleep: takes seconds.
        """
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    def batch_size(self, most: int) -> int:
        """How many may go together, so that a low rate is even."""
        return most if self._rate is None else max(1, min(most, int(self._rate)))

    def wait(self, count: int, *, meanwhile: Callable[[], None]) -> None:
        """Wait until it is the turn of the next so many; `meanwhile` is called every few seconds."""
        if self._rate is None:
            return
        due = self._clock() if self._due is None else self._due
        while (left := due - self._clock()) > 0:
            self._sleep(min(left, _AT_MOST))
            meanwhile()
        self._due = max(due, self._clock()) + count / self._rate


_AT_MOST = 10.0
"""Seconds of one sleep."""
