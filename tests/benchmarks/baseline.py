"""How many instructions an event took when that was last looked at and found right: `instructions.json`.

By the minor version of Python, and only for the build that it was counted on: another compiler makes another count.
`python -m tests.benchmarks --write-baseline` writes this Python's anew; do that with a change that is meant to cost
or to save, and say in its message what it did.
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
"""A share. Runs of one build differ by less than a thousandth."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILD = f"{platform.python_version()} {platform.python_compiler()} {platform.machine()}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was counted."""

    ratio_to_json_loads: float
    """Instructions of one event in a warm batch of ten, as a ratio to those of `json.loads` of its body."""

    build: str
    """The Python that they were counted on."""

    def allows(self, ratio: float) -> bool:
        """Whether another count is the same but for the tolerance."""
        return abs(ratio - self.ratio_to_json_loads) <= TOLERANCE * self.ratio_to_json_loads


def measured() -> Baseline:
    """Count now, with the checkout's own code: no layer need be built.

    Raises:
        NoCallgrindError: valgrind is not on PATH.
    """
    with TemporaryDirectory() as folder:
        found = counts(from_the_checkout("ours", Path(folder)))
    return Baseline(round(found["handler"] / found["floor"], 3), BUILD)


def read(file: Path = FILE) -> Baseline | None:
    """This minor version's; None where none was written."""
    known = json.loads(file.read_text())
    return Baseline(**known[PYTHON]) if PYTHON in known else None


def write(baseline: Baseline, file: Path = FILE) -> None:
    """Put it in the place of this minor version's."""
    known = {**json.loads(file.read_text()), PYTHON: asdict(baseline)}
    file.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")
