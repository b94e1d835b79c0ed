"""The comparison of times: each round measures every contestant once, and only times of one round are compared.

A machine's speed varies: it throttles, has other load, fills its caches. Two contestants that are measured one after
the other find nearly the same conditions. So a round gives one ratio, and the median over the rounds is reported. Each
round begins with another contestant, so that none is always measured after the same one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

M = TypeVar("M")

Round = Mapping[str, float]
"""The time of each contestant."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the rounds' ratios, and the quartiles."""

    value: float
    spread: tuple[float, float]


def interleaved(contestants: Mapping[str, Callable[[], M]], rounds: int) -> Iterator[dict[str, M]]:
    """Measure each contestant once in each round; each round begins with the next one."""
    names = list(contestants)
    for number in range(rounds):
        order = rotated(names, number)
        yield {name: contestants[name]() for name in order}


def rotated(names: Sequence[str], by: int) -> list[str]:
    """The names from an index on, then those before it."""
    begin = by % len(names)
    return [*names[begin:], *names[:begin]]


def ratio(rounds: Sequence[Round], of: str, to: str) -> Ratio:
    """The ratio of one contestant's time to another's."""
    return median_of([each[of] / each[to] for each in rounds])


def median_of(values: Sequence[float]) -> Ratio:
    """The median and quartiles of some values."""
    if len(values) == 1:
        return Ratio(values[0], (values[0], values[0]))
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Ratio(median(values), (low, high))
