"""Split items into batches for one AWS call each, limited in number and bytes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MAX_ENTRIES = 10
"""Maximum entries per call of SQS's batch operations and of EventBridge's PutEvents."""


def batches(
    items: Iterable[T], count: int = MAX_ENTRIES, *, size: Callable[[T], int] = lambda _: 0, limit: int = 0
) -> Iterator[list[T]]:
    """Split items into batches, in order; reads no more items than the next batch needs.

    Args:
        items: the items to split.
        count: maximum number of items in a batch.
        size: returns the bytes of an item; 0 if only the number matters.
        limit: maximum bytes of a batch. A larger item gets a separate batch.
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
