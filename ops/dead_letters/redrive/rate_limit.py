"""The rate limit of a redrive: a maximum of messages per second."""

import time
from collections.abc import Callable


class RateLimiter:
    """Spreads messages evenly over time, within a maximum rate."""

    def __init__(
        self,
        rate: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Limit to a rate.

        Args:
            rate: messages a second; None for no limit.
            clock: gives seconds.
            sleep: waits for a number of seconds.
        """
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    def batch_size(self, maximum: int) -> int:
        """Messages a call: at most a second's worth, so that a low rate stays even."""
        return maximum if self._rate is None else max(1, min(maximum, int(self._rate)))

    def wait(self, count: int, *, meanwhile: Callable[[], None]) -> None:
        """Wait until `count` more messages may be sent; meanwhile, call `meanwhile` at least every ten seconds."""
        if self._rate is None:
            return
        due = self._clock() if self._due is None else self._due
        while (left := due - self._clock()) > 0:
            self._sleep(min(left, _LONGEST_SLEEP))
            meanwhile()
        self._due = max(due, self._clock()) + count / self._rate


_LONGEST_SLEEP = 10.0
"""Seconds."""
