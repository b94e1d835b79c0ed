"""Printing: a command's results as text or as JSON lines, notes on standard error, steps with a spinner."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

console = Console(highlight=False)
"""Standard output: the results of a command."""

notes = Console(highlight=False, stderr=True)
"""Standard error: progress, questions, errors; a pipe gets the results alone."""


_AS_JSON = ContextVar("as_json", default=False)

_PIPE_COLUMNS = 1_000
"""Width of tables and trees that go to a pipe: no row is cut or broken there."""


@contextmanager
def json_lines(*, enabled: bool = True) -> Iterator[None]:
    """Let `show` print JSON lines instead of text."""
    before = _AS_JSON.set(enabled)
    try:
        yield
    finally:
        _AS_JSON.reset(before)


def is_json() -> bool:
    """Whether `show` prints JSON lines: then nothing else may go to standard output."""
    return _AS_JSON.get()


def show(text: Iterable[RenderableType], records: Iterable[Mapping[str, Any]], *, to: Console = console) -> None:
    """Print a command's result.

    Args:
        text: for a terminal: lines, which the terminal breaks itself, tables and trees.
        records: for a pipe, after `--json`. Only one of the two is iterated.
        to: prints the text.
    """
    if is_json():
        for record in records:
            emit(record)
        return
    wide = to if to.is_terminal else Console(file=to.file, width=_PIPE_COLUMNS, highlight=False)
    for each in text:
        if isinstance(each, str | Text):
            to.print(Text(each) if isinstance(each, str) else each, soft_wrap=True)
        else:
            wide.print(each)


def emit(record: Mapping[str, Any]) -> None:
    """Print one JSON object as a line, in ASCII: no text of strangers can move the terminal's cursor.

    JSON has no NaN and no infinities (RFC 8259): they become texts.
    """
    finite = json.loads(json.dumps(record, default=str), parse_constant=str)
    sys.stdout.write(json.dumps(finite) + "\n")


@contextmanager
def step(label: str) -> Iterator[None]:
    """Show a spinner while something goes on, then how long it took; print nothing more if it fails."""
    began = time.monotonic()
    with console.status(f"{label} …"):
        yield
    done(label, time.monotonic() - began)


def done(label: str, seconds: float) -> None:
    """Print that a step is done."""
    console.print(f"[green]✓[/] {label} [dim]{seconds:.1f} s[/]")


def printable(text: str) -> str:
    """The text with an escape for every character that could move the cursor, or colour, hide or reorder text."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 dead letter`, `2,000 dead letters`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(count: int) -> str:
    """A number of bytes in a readable unit, as in `1.2 GB`."""
    scaled, unit = float(count), 0
    while scaled >= _STEP and unit < len(_UNITS) - 1:
        scaled, unit = scaled / _STEP, unit + 1
    return f"{scaled:.1f} {_UNITS[unit]}" if unit else f"{count} bytes"


_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_STEP = 1024
