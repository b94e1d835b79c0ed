"""What people see: quiet lines, a spinner where there is a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


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
