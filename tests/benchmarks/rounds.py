"""How times are compared: each round measures every contestant once, and only times of one round are compared.

A machine is never the same for long: it throttles, others work on it, caches fill. Two contestants that are measured
one right after the other meet the same machine, or nearly; so a round gives one ratio, and the median over the rounds
is what is told. Who begins changes from round to round, so that nobody is always measured after the same other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

M = TypeVar("M")

Round = Mapping[str, float]
"""What each contestant took."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the rounds' ratios, and the quartiles on either side of it."""

    value: float
    spread: tuple[float, float]


def interleaved(contestants: Mapping[str, Callable[[], M]], rounds: int) -> Iterator[dict[str, M]]:
    """Measure each contestant once a round, each round beginning with the next."""
    names = list(contestants)
    for number in range(rounds):
        order = rotated(names, number)
        yield {name: contestants[name]() for name in order}


def rotated(names: Sequence[str], by: int) -> list[str]:
    """The names from one on, then those before it."""
    begin = by % len(names)
    return [*names[begin:], *names[:begin]]


def ratio(rounds: Sequence[Round], of: str, to: str) -> Ratio:
    """How many times as much one contestant took as another."""
    return middle([each[of] / each[to] for each in rounds])


def middle(values: Sequence[float]) -> Ratio:
    """The median and quartiles of some values."""
    if len(values) == 1:
        return Ratio(values[0], (values[0], values[0]))
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Ratio(median(values), (low, high))
