"""Progress bars on standard error, if that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from ops.terminal.output import notes

Progress = Callable[[int], None]
"""Takes how many are done."""

Bars = Callable[[str, Callable[[], int]], Progress]
"""Adds a bar, by its label and by a function that gives the total, which may change; returns the bar's Progress."""


@contextmanager
def bars() -> Iterator[Bars]:
    """Show several bars; each appears with its first progress."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Display(*columns, console=notes, transient=True, disable=not notes.is_terminal) as display:

        def add(label: str, total: Callable[[], int]) -> Progress:
            task = display.add_task(label, total=None, visible=False, start=False)

            def update(done: int) -> None:
                if not display.tasks[task].started:
                    display.start_task(task)
                display.update(task, completed=done, total=max(total(), done), visible=True)

            return update

        yield add


@contextmanager
def progress(label: str, total: int) -> Iterator[Progress]:
    """Show one bar, from the beginning on."""
    with bars() as add:
        update = add(label, lambda: total)
        update(0)
        yield update


def unseen(_done: int) -> None:
    """Show no progress."""
