"""Signals as exceptions: Ctrl-C, `kill` and a closed terminal unwind a command, so that it stops what it started."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType
from typing import Never

from ops.terminal.output import notes

STOPPED = "Stopped: nothing that was started here is left running."

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_AGAIN_SECONDS = 0.01
"""Time for such a callback to end."""


class StoppedError(SystemExit):
    """A signal ended the command; the exit code is 128 and the signal's number, as in shells."""


def _unwind(number: int, _frame: FrameType | None) -> Never:
    raise StoppedError(128 + number)


def _raise_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Send a signal again that arrived where Python drops exceptions, as in a callback of its import system."""
    if isinstance(unraisable.exc_value, StoppedError):
        Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), int(unraisable.exc_value.code or 0) - 128)).start()
    else:
        sys.__unraisablehook__(unraisable)


@contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """Raise StoppedError in the main thread on a signal; shells let background jobs ignore SIGINT, this does not."""
    before = {number: signal.signal(number, _unwind) for number in _ENDING}
    unraisable, sys.unraisablehook = sys.unraisablehook, _raise_again
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
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
