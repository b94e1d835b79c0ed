"""What every family of rows is given: who is measured, and how often."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.benchmarks.contestants import Contestants

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of the benchmarks."""

    quick: bool = False
    """Whether fewer rounds do, for a first look."""

    tell: Callable[[str], None] = field(default=lambda _sentence: None)
    """Takes what is being done, for the one who waits."""

    contestants: Contestants = field(default_factory=Contestants)

    def rounds(self, many: int) -> int:
        """How many, where so many give a value that stands."""
        return max(3, many // 4) if self.quick else many
