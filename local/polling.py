"""Waiting for a condition: the one place that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DeadlineExceededError(Exception):
    """What was waited for did not come in time."""


def poll(look: Callable[[], T | None], *, what: str, seconds: float, every: float = 0.2) -> T:
    """Look until there is something.

    Args:
        look: gives None, or another false value, while there is nothing.
        what: what is waited for, for the error's sentence.
        seconds: the deadline from now.
        every: seconds between two looks.

    Raises:
        DeadlineExceededError: the deadline passed. There is a last look at it, however slow the machine.
    """
    deadline = time.monotonic() + seconds
    while True:
        last = time.monotonic() >= deadline
        found = look()
        if found:
            return found
        if last:
            raise DeadlineExceededError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(every)
