"""What a run of the fuzzer found: how many inputs, what became of their parts, and the inputs that broke something."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.encoding import data_of


def keep(folder: Path, text: str) -> Path:
    """Write down an input that broke something, so that it can be run again."""
    folder.mkdir(parents=True, exist_ok=True)
    data = data_of(text)
    file = folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    file.write_bytes(data)
    return file


@dataclass
class Tally:
    """Of one target."""

    folder: Path
    """Takes a file for each input that broke something."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    """By what was wrong."""

    @property
    def parts(self) -> int:
        """Messages, cards or requests, of which each has one outcome; an input that broke something counts as one."""
        return self.outcomes.total() + self.crashes.total()

    def crashed(self, text: str, error: Exception) -> None:
        """Keep an input, and what it did."""
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        if what not in self.crashes:
            keep(self.folder, text)
        self.crashes[what] += 1

    def lines(self, seconds: float) -> Iterator[str]:
        """A table for people."""
        crashes = self.crashes.total()
        yield f"{self.inputs:,} inputs, {self.outcomes.total():,} outcomes, {crashes:,} crashes, {seconds:,.0f} s"
        yield from (f"{count:>12,}  {what}" for what, count in self.outcomes.most_common())
        yield from (f"{count:>12,}  CRASH {what}" for what, count in self.crashes.most_common())
        if crashes:
            yield f"The inputs lie in {self.folder}: run one again with --again FILE."
