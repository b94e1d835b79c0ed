"""The accepted number of instructions for each event: `instructions.json`.

There is one value for each minor version of Python, valid only for the build on which it was counted: another compiler
gives another count. `python -m tests.benchmarks --write-baseline` updates this Python's value. Do that with a change
that is meant to cost or to save, and say in its message what it did.
"""

import json
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.contestants import from_the_checkout
from tests.benchmarks.families.instructions import counts

FILE = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.03
"""As a share; runs of one build differ by less than 0.001."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILD = f"{platform.python_version()} {platform.python_compiler()} {platform.machine()}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A count of instructions."""

    ratio_to_json_loads: float
    """Instructions of one event in a warm batch of ten, as a ratio to those of `json.loads` of its body."""

    build: str
    """The Python build on which they were counted."""

    def allows(self, ratio: float) -> bool:
        """Whether another ratio is equal within the tolerance."""
        return abs(ratio - self.ratio_to_json_loads) <= TOLERANCE * self.ratio_to_json_loads


def measure() -> Baseline:
    """Count the instructions of the checkout's code; no layer is built.

    Raises:
        NoCallgrindError: valgrind is not on PATH.
    """
    with TemporaryDirectory() as folder:
        found = counts(from_the_checkout("ours", Path(folder)))
    return Baseline(round(found["handler"] / found["floor"], 3), BUILD)


def read(file: Path = FILE) -> Baseline | None:
    """The baseline of this minor version; None if there is none."""
    baselines = json.loads(file.read_text())
    return Baseline(**baselines[PYTHON]) if PYTHON in baselines else None


def write(baseline: Baseline, file: Path = FILE) -> None:
    """Replace the baseline of this minor version."""
    baselines = {**json.loads(file.read_text()), PYTHON: asdict(baseline)}
    file.write_text(json.dumps(dict(sorted(baselines.items())), indent=2) + "\n")
