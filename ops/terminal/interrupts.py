"""Signals as exceptions: Ctrl-C, `kill` and a closed terminal unwind a command, so that it stops what it started."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(SystemExit):
    """A signal ended the command; the exit code is 128 and the signal's number, as in shells."""


def _unwind(number: int, _frame: FrameType | None) -> Never:
    raise StoppedError(128 + number)


@contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """Raise StoppedError in the main thread on a signal; shells let background jobs ignore SIGINT, this does not."""
    before = {number: signal.signal(number, _unwind) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
