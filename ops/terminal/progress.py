"""How far a long work has come, on standard error, where there is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Display

from ops.terminal.output import notes

Progress = Callable[[int], None]
"""Takes how many are done."""

Bars = Callable[[str, Callable[[], int]], Progress]
"""Adds a bar, by what is going on in words of our own, and how many there are, about; gives what is to be told."""


@contextmanager
def bars() -> Iterator[Bars]:
    """Show bars while something goes on, each from when it is told something first."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Display(*columns, console=notes, transient=True, disable=not notes.is_terminal) as display:

        def add(what: str, total: Callable[[], int]) -> Progress:
            task = display.add_task(what, total=None, visible=False, start=False)

            def told(done: int) -> None:
                if not display.tasks[task].started:
                    display.start_task(task)
                display.update(task, completed=done, total=max(total(), done), visible=True)

            return told

        yield add


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """Show one bar while something goes on; gives what is to be told how many are done."""
    with bars() as add:
        told = add(what, lambda: total)
        told(0)
        yield told


def unseen(_seen: int) -> None:
    """Show no progress."""
