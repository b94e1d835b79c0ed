"""What people and pipes are shown: quiet lines, JSON lines, a spinner where there is a terminal."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console

console = Console(highlight=False)
"""Standard output: what was asked for."""

notes = Console(highlight=False, stderr=True)
"""Standard error: what is going on, so that a pipe gets nothing but what was asked for."""


def print_whatever_can_be() -> None:
    """Replace what the terminal's encoding lacks, instead of failing: names are in every script there is."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are text files


def emit(record: Mapping[str, Any]) -> None:
    """Print one JSON object as a line: ASCII, so that no text of others' moves the cursor of whoever looks on.

    JSON has no NaN and no infinities (RFC 8259): they become texts.
    """
    finite = json.loads(json.dumps(record, default=str), parse_constant=str)
    sys.stdout.write(json.dumps(finite) + "\n")


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that something is going on, then that it is done and how long it took; nothing more where it fails."""
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield
    done(what, time.monotonic() - began)


def done(what: str, seconds: float) -> None:
    """Say that something is done."""
    console.print(f"[green]✓[/] {what} [dim]{seconds:.1f} s[/]")


def printable(text: str) -> str:
    """The text with every character that could move the cursor, colour, hide or reorder shown as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def counted(number: int, what: str) -> str:
    """So many of something: `1 dead letter`, `2,000 dead letters`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
