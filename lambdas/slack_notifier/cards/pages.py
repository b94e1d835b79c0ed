"""Split what does not fit in one message, so that nothing is left out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MAX_PAGES = 10
"""Cards of one list per run. What is on none of them waits in the queue for the next run."""


def pages(parts: Iterable[T], fits: Callable[[Sequence[T]], bool]) -> Iterator[Sequence[T]]:
    """Split parts, in order, into the longest runs that fit. A part that does not fit alone is a run of its own."""
    page: list[T] = []
    for part in parts:
        if page and not fits([*page, part]):
            yield page
            page = []
        page.append(part)
    if page:
        yield page
