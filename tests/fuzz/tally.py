"""Results of a fuzzing run: inputs, outcomes of their parts, and failing inputs."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.encoding import data_of


def keep(folder: Path, text: str) -> Path:
    """Save a failing input, so that it can be run again."""
    folder.mkdir(parents=True, exist_ok=True)
    data = data_of(text)
    file = folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}"
    file.write_bytes(data)
    return file


@dataclass
class Tally:
    """The results of one target."""

    folder: Path
    """Gets a file for each failing input."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    """Number of failing inputs by error."""

    @property
    def parts(self) -> int:
        """Number of messages, cards, requests or cases: one per outcome, and one per failing input."""
        return self.outcomes.total() + self.crashes.total()

    def crashed(self, text: str, error: Exception) -> None:
        """Record a failing input and its error."""
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        if what not in self.crashes:
            keep(self.folder, text)
        self.crashes[what] += 1

    def lines(self, seconds: float) -> Iterator[str]:
        """Return the results as lines of text."""
        crashes = self.crashes.total()
        yield f"{self.inputs:,} inputs, {self.outcomes.total():,} outcomes, {crashes:,} crashes, {seconds:,.0f} s"
        yield from (f"{count:>12,}  {what}" for what, count in self.outcomes.most_common())
        yield from (f"{count:>12,}  CRASH {what}" for what, count in self.crashes.most_common())
        if crashes:
            yield f"The inputs are in {self.folder}: run one again with --again FILE."
