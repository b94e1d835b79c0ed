"""Ctrl-C, `kill` and a closed terminal end a command alike: by unwinding, so that everything is stopped."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(SystemExit):
    """A signal asked for the end; its code is the one that shells give to it."""


def _unwind(number: int, _frame: FrameType | None) -> Never:
    raise StoppedError(128 + number)


@contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """Raise StoppedError in the main thread on the first signal, also where a shell's background job ignores SIGINT."""
    before = {number: signal.signal(number, _unwind) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
