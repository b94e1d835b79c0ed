"""Input of a command: a file, standard input, a confirmation."""

import sys
from pathlib import Path

import typer

from ops.terminal.errors import OperatorError
from ops.terminal.output import console, printable

STDIN = "-"

_MAX_BYTES = 16 * 1024 * 1024
"""More than any message has; a disk image or `/dev/zero` is refused instead of read to its end."""


def read(source: str) -> bytes:
    """Read all bytes of a file, or of standard input for `-`.

    Raises:
        OperatorError: the source cannot be read, or has more than 16 MiB.
    """
    try:
        content = _from_stdin() if source == STDIN else _from_file(Path(source))
    except OSError as error:
        raise OperatorError(f"{name(source)} cannot be read: {error.strerror or error}") from None
    if len(content) > _MAX_BYTES:
        raise OperatorError(f"{name(source)} has more than {_MAX_BYTES:,} bytes: no message is that large")
    return content


def name(source: str) -> str:
    """The name of a source in a sentence."""
    return "standard input" if source == STDIN else printable(source)


def _from_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES + 1)


def _from_stdin() -> bytes:
    if sys.stdin is None:  # a parent process may have closed it
        raise OperatorError("standard input is closed: name a file")
    if sys.stdin.isatty():
        console.print("Reading from the terminal; Ctrl-D ends it.", style="dim")
    return sys.stdin.buffer.read(_MAX_BYTES + 1)


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask the operator for confirmation.

    Args:
        question: the question, for a terminal.
        yes: whether `--yes` was given, so that nothing is asked.

    Raises:
        OperatorError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OperatorError("this needs a confirmation, and there is no terminal to ask on: give --yes")
    return typer.confirm(question, err=True)
