"""Machine instructions of one event: without a clock, so that a change of 1 % shows on any machine, however busy.

Callgrind runs the warm loop of one process. At each call of `getppid`, which only the loop makes, before and after its
runs, it dumps the count since the last call. So start-up, imports and warm-up are not counted.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.bench import Bench
from tests.benchmarks.contestants import Contestant
from tests.benchmarks.families.warm import UNIT
from tests.benchmarks.messages import batch
from tests.benchmarks.processes import Worker
from tests.benchmarks.row import Row

_SIZE = 10
_BATCHES = 20


class NoCallgrindError(Exception):
    """Valgrind is not installed."""


def per_event(bench: Bench) -> Iterable[Row]:
    """Instructions of an event in a warm batch of ten, as a ratio to those of `json.loads` of its body."""
    if shutil.which("valgrind") is None:
        yield Row(name="instructions_per_event", value=None, unit=UNIT, note="valgrind is not on PATH")
        return
    known = bench.contestants
    ours, natural = counts(known.ours), counts(known.natural_compiled)
    yield Row(
        name="instructions_per_event",
        value=ours["handler"] / ours["floor"],
        unit=UNIT,
        others={"natural": natural["handler"] / natural["floor"]},
        note=f"{ours['handler']:,.0f} instructions an event, {ours['floor']:,.0f} of json.loads",
    )


def counts(contestant: Contestant) -> Mapping[str, float]:
    """Instructions for each event: of the handler, and of `json.loads` only, in the same process.

    Raises:
        NoCallgrindError: valgrind is not on PATH.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NoCallgrindError("valgrind is not on PATH: install it, it counts the instructions")
    kinds = ("floor", "handler")
    with TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        options = ["--quiet", "--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={out}"]
        with Worker(contestant, under=[valgrind, *options]) as worker:
            for kind in kinds:
                worker.ask(_request(kind))
        # The first dump ends at the first mark, the second at the next: the even ones are the loops'.
        loops = [_instructions(out.with_name(f"callgrind.{number}")) for number in (2, 4)]
    return {kind: total / (_BATCHES * _SIZE) for kind, total in zip(kinds, loops, strict=True)}


def _request(kind: str) -> dict[str, Any]:
    subject = {"event": batch("benchmark.booked", _SIZE)}
    return {"task": "counted", "name": kind, "kind": kind, "subject": subject, "repeats": _BATCHES}


def _instructions(dump: Path) -> int:
    found = re.search("(?m)^totals: ([0-9]+)$", dump.read_text())
    if found is None:
        raise ValueError(f"{dump.name} of callgrind has no totals: is its format of another version?")
    return int(found[1])
