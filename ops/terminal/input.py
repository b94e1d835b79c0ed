"""What a person gives a command: a file or standard input to read, and a yes."""

import sys
from pathlib import Path

import typer

from ops.terminal.errors import OperatorError
from ops.terminal.output import console, printable

STDIN = "-"

_MOST = 16 * 1024 * 1024
"""Bytes. No message has as many: who gives a disk image or `/dev/zero` is told so."""


def read(source: str) -> bytes:
    """All bytes of a file, or of standard input for `-`.

    Raises:
        OperatorError: it cannot be read, or has more than 16 MiB.
    """
    try:
        content = _from_stdin() if source == STDIN else _from_file(Path(source))
    except OSError as error:
        raise OperatorError(f"{name(source)} cannot be read: {error.strerror or error}") from None
    if len(content) > _MOST:
        raise OperatorError(f"{name(source)} has more than {_MOST:,} bytes: no message has")
    return content


def name(source: str) -> str:
    """What people call it."""
    return "standard input" if source == STDIN else printable(source)


def _from_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST + 1)


def _from_stdin() -> bytes:
    if sys.stdin is None:  # a parent may have closed it
        raise OperatorError("standard input is closed: name a file")
    if sys.stdin.isatty():
        console.print("Reading from the terminal; Ctrl-D ends it.", style="dim")
    return sys.stdin.buffer.read(_MOST + 1)


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether it shall be done.

    Args:
        question: what people are asked on a terminal.
        yes: it was said already, by `--yes`.

    Raises:
        OperatorError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OperatorError("this wants a yes, and there is no terminal to ask on: give --yes")
    return typer.confirm(question, err=True)
