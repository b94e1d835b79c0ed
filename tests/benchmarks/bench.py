"""The input of every family of rows: the contestants and the number of rounds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.benchmarks.contestants import Contestants

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of the benchmarks."""

    quick: bool = False
    """Whether to take fewer rounds, for a first look."""

    report: Callable[[str], None] = field(default=lambda _sentence: None)
    """Prints progress."""

    contestants: Contestants = field(default_factory=Contestants)

    def rounds(self, many: int) -> int:
        """The number of rounds, given the number that yields a stable value."""
        return max(3, many // 4) if self.quick else many
