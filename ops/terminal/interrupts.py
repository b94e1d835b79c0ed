"""Signals as exceptions: Ctrl-C, `kill` and a closed terminal unwind a command, so that it stops what it started."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

from ops.terminal.output import notes

STOPPED = "Stopped: nothing that was started here is left running."

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


@contextmanager
def abandoning_threads() -> Iterator[None]:
    """End the process as soon as a signal has unwound the block, whatever its threads still wait for.

    Python joins the threads of a pool at exit, and an unanswered call to AWS takes 90 seconds to give up.
    """
    try:
        yield
    except StoppedError as stopped:
        notes.print(STOPPED)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(stopped.code or 0))
