"""Polling for a condition: the only place that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.2, 1.0, 1.5
"""Seconds between two calls, and how they grow: one look at a stage's logs takes thirty calls of the emulator."""


class DeadlineExceededError(Exception):
    """The condition did not hold before the deadline."""


def poll(condition: Callable[[], T | None], *, what: str, seconds: float, every: float | None = None) -> T:
    """Call the condition until it returns a true value, and return that value.

    Args:
        condition: returns None or another false value while there is nothing.
        what: what is waited for, for the error message.
        seconds: the deadline from now.
        every: seconds between two calls; by default, pauses grow from 0.2 s to 1 s.

    Raises:
        DeadlineExceededError: the deadline passed. The condition is called once more at the deadline, however slow the
            machine is.
    """
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE if every is None else every
    while True:
        last = time.monotonic() >= deadline
        found = condition()
        if found:
            return found
        if last:
            raise DeadlineExceededError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE) if every is None else every
