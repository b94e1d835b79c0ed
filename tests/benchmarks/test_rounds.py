from collections.abc import Callable
from itertools import count

import pytest

from tests.benchmarks.rounds import Ratio, interleaved, median_of, ratio, rotated


def contestants(*names: str) -> tuple[dict[str, Callable[[], float]], list[str]]:
    """Contestants that return a running number, and the names in the order of measurement."""
    measured: list[str] = []
    number = count(1)

    def measure(name: str) -> Callable[[], float]:
        def once() -> float:
            measured.append(name)
            return float(next(number))

        return once

    return {name: measure(name) for name in names}, measured


def test_every_round_measures_each_contestant_once() -> None:
    measures, measured = contestants("a", "b", "c")

    rounds = list(interleaved(measures, 4))

    assert [set(each) for each in rounds] == [{"a", "b", "c"}] * 4
    assert len(measured) == 12


def test_each_round_begins_with_the_next_contestant() -> None:
    measures, measured = contestants("a", "b", "c")

    list(interleaved(measures, 4))

    assert "".join(measured) == "abc" + "bca" + "cab" + "abc"


@pytest.mark.parametrize(("by", "order"), [(0, "abc"), (1, "bca"), (3, "abc"), (4, "bca")])
def test_a_rotation_wraps_around(by: int, order: str) -> None:
    assert "".join(rotated("abc", by)) == order


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """The last round was a hundred times slower, and its ratio is like the others'."""
    rounds = [{"ours": 4.0, "floor": 1.0}, {"ours": 10.0, "floor": 2.0}, {"ours": 600.0, "floor": 100.0}]

    assert ratio(rounds, "ours", "floor").value == 5.0


def test_one_disturbed_round_does_not_change_the_median() -> None:
    rounds = [{"ours": 4.0, "floor": 1.0}] * 6 + [{"ours": 400.0, "floor": 1.0}]

    assert ratio(rounds, "ours", "floor") == Ratio(4.0, (4.0, 4.0))


def test_the_spread_is_the_quartiles() -> None:
    assert median_of([1.0, 2.0, 3.0, 4.0, 5.0]) == Ratio(3.0, (2.0, 4.0))


def test_one_value_has_no_spread() -> None:
    assert median_of([7.0]) == Ratio(7.0, (7.0, 7.0))
