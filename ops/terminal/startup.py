"""The first step of a program; it imports nothing that takes time."""

import os
import signal


def exit_on_interrupt() -> None:
    """End this process on Ctrl-C at once, without a traceback, until a command has its own way to stop.

    The imports of a program take up to a second, and nothing has been started that must be stopped. The exit code is
    that of shells, 128 and the signal's number.
    """
    signal.signal(signal.SIGINT, lambda number, _: os._exit(128 + number))
