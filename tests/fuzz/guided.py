"""libFuzzer by way of atheris: changes inputs, and keeps for further changes what reached code that none had reached.

`python -m tests.fuzz.guided target corpus …` is a process of its own, which libFuzzer ends as it likes, and in which
nothing of ours is imported before it is instrumented; `run` starts it and reads what it says.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.encoding import data_of, text_of
from tests.fuzz.tally import keep

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

INSTRUMENTED = (
    "lambdas",
    "schemas",
    "ops.web",
    "ops.dead_letters.dead_letter",
    "ops.terminal.output",
    "ops.terminal.times",
)
"""Whose branches count: our own."""

LONGEST = 16_384
"""Bytes of an input."""

SLOWEST = 10
"""Seconds for one input; what takes longer counts as broken."""

_MOST_MEGABYTES = 2_048

_BY_LIBFUZZER = 0.3
"""The share of changes to bytes, which knows nothing of JSON and finds what nobody thought of."""

_PULSE = re.compile("#[0-9]+\t")
_COUNT = re.compile("stat::number_of_executed_units: ([0-9]+)")
_COVERED = re.compile("cov: ([0-9]+)")


class Run(NamedTuple):
    """How it went."""

    inputs: int
    covered: int
    """Branches that were reached."""

    code: int
    """libFuzzer's exit code; 0 where nothing broke."""


def run(name: str, folder: Path, *, runs: int, seconds: int, seed: int) -> Run:
    """Fuzz until the end, or until something breaks.

    Args:
        name: of the target.
        folder: takes the corpus and the input that broke something.
        runs: inputs, 0 for any number.
        seconds: on the clock; likewise.
        seed: of libFuzzer's chance.
    """
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    bounds = [*([f"-runs={runs}"] if runs else []), *([f"-max_total_time={seconds}"] if seconds else [])]
    arguments = [
        *(*bounds, f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", f"-rss_limit_mb={_MOST_MEGABYTES}"),
        *(f"-artifact_prefix={folder}/", "-print_final_stats=1", str(corpus)),
    ]
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(corpus), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as child:
        inputs, covered = counted(child.stderr or ())
        code = child.wait()
    return Run(inputs, covered, code)


def counted(lines: Iterable[str]) -> tuple[int, int]:
    """What libFuzzer counted; all that it says but its pulse is passed on where something broke."""
    inputs, covered, said = 0, 0, []
    for line in lines:
        if count := _COUNT.match(line):
            inputs = int(count[1])
        if _PULSE.match(line):
            covered = int(found[1]) if (found := _COVERED.search(line)) else covered
        else:
            said.append(line)
    if any("ERROR" in line or "Traceback" in line for line in said):
        sys.stderr.writelines(said)
    return inputs, covered


def sow(target: "Target", corpus: Path) -> None:
    """Try all seeds, and put them into the corpus; one that breaks something is kept as libFuzzer keeps what does."""
    for number, text in enumerate(target.seeds):
        as_read = text_of(data_of(text))
        try:
            target.check(as_read)
        except Exception:
            keep(corpus.parent, as_read)
            raise
        (corpus / f"seed-{number:04}").write_bytes(data_of(text))


def fuzz(name: str, corpus: Path, arguments: Sequence[str]) -> None:
    """Run libFuzzer in this process. It does not return."""
    import atheris  # noqa: PLC0415 of a venv of its own

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 what is imported here is instrumented

        target = TARGETS[name]
        sow(target, corpus)  # what is imported at first use is instrumented as well

    def one(data: bytes) -> None:
        target.check(text_of(data))

    def change(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)  # noqa: S311 libFuzzer's chance
        if random.random() < _BY_LIBFUZZER:
            return bytes(atheris.Mutate(data, most))
        return data_of(target.mutate(text_of(data), random))[:most]

    atheris.Setup(["fuzz", *arguments], one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
