"""Batches of what one AWS call takes."""

from itertools import count, islice

import pytest

from publishing.batches import batches


@pytest.mark.parametrize(
    ("items", "expected"), [("", []), ("abc", ["abc"]), ("abcd", ["abc", "d"]), ("abcdef", ["abc", "def"])]
)
def test_a_batch_has_at_most_so_many_items(items: str, expected: list[str]) -> None:
    assert ["".join(batch) for batch in batches(items, 3)] == expected


def test_a_batch_has_at_most_so_many_bytes() -> None:
    assert list(batches([2, 2, 1, 4, 1, 1], 10, size=lambda item: item, limit=5)) == [[2, 2, 1], [4, 1], [1]]


def test_an_item_over_the_limit_has_a_batch_to_itself() -> None:
    assert list(batches([1, 9, 1], 10, size=lambda item: item, limit=5)) == [[1], [9], [1]]


def test_an_endless_source_is_read_batch_by_batch() -> None:
    assert list(islice(batches(count(), 2), 2)) == [[0, 1], [2, 3]]
