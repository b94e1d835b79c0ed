"""How far a long work has come, on standard error, where there is a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.console import notes
from ops.dead_letters import Progress as Told


@contextmanager
def progress(what: str, total: int) -> Iterator[Told]:
    """Show a bar while something goes on; gives what is to be told how many are done.

    Args:
        what: is going on, in words of our own.
        total: how many there are, about.
    """
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task(what, total=total)

        def told(done: int) -> None:
            bar.update(task, completed=done, total=max(total, done))

        yield told
