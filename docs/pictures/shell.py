"""Commands before a terminal of their own: what they write to it, and when."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from io import FileIO

from docs.pictures.tape import Heard
from docs.pictures.terminal import Size
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable

_AT_A_TIME = 65_536
"""Bytes."""


def run(words: Sequence[str], *, environment: Mapping[str, str], size: Size, seconds: float = 120) -> list[Heard]:
    """Run a command to its end; gives what it wrote.

    Args:
        words: the command.
        environment: all of it, but for what its terminal is.
        size: of its terminal.
        seconds: that it may take.

    Raises:
        OperatorError: it fails, or takes too long.
    """
    near, far = pty.openpty()
    with closing(FileIO(near)) as screen:
        began = time.monotonic()
        try:
            fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))
            process = subprocess.Popen(
                words,
                stdin=far,
                stdout=far,
                stderr=far,
                env={**environment, "TERM": "xterm-256color"},
                start_new_session=True,
            )
        finally:
            os.close(far)
        try:
            heard = list(_heard(screen, began, seconds))
            code = process.wait(max(0.0, began + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise OperatorError(f"`{' '.join(words)}` did not end within {seconds:g} s") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if code:
        said = printable(b"".join(piece for _, piece in heard).decode(errors="replace"))
        raise OperatorError(f"`{' '.join(words)}` ended with exit code {code}; it said: {said}")
    return heard


def _heard(screen: FileIO, began: float, seconds: float) -> Iterator[Heard]:
    """Until nobody is there any more who could write, or the time is over."""
    # Linux tells by an error that nobody is there any more, others by an end of the file.
    with suppress(OSError):
        while select.select([screen], [], [], max(0.0, began + seconds - time.monotonic()))[0]:
            piece = screen.read(_AT_A_TIME)
            if not piece:
                return
            yield time.monotonic() - began, piece
