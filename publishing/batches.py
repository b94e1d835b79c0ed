"""Batches of what one AWS call takes: at most so many items, at most so many bytes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MAX_ENTRIES = 10
"""Entries a call of SQS's batch operations and of EventBridge's PutEvents."""


def batches(
    items: Iterable[T], count: int = MAX_ENTRIES, *, size: Callable[[T], int] = lambda _: 0, limit: int = 0
) -> Iterator[list[T]]:
    """Split items into batches, in order; reads no more items than the next batch needs.

    Args:
        items: what to split.
        count: maximum items of a batch.
        size: bytes of an item; 0 where only the count matters.
        limit: maximum bytes of a batch. An item that is larger has a batch to itself.
    """
    batch: list[T] = []
    filled = 0
    for item in items:
        more = size(item)
        if batch and (len(batch) == count or filled + more > limit):
            yield batch
            batch, filled = [], 0
        batch.append(item)
        filled += more
    if batch:
        yield batch
