"""Fuzz with libFuzzer by atheris: it mutates inputs and keeps those that reach new branches.

`python -m tests.fuzz.guided target corpus …` runs in a separate process: libFuzzer may end it at any time, and code
must be instrumented when it is imported. `run` starts this process and reads its output.
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
"""Modules whose branches libFuzzer counts."""

MAX_BYTES = 16_384
"""Maximum bytes of an input."""

MAX_SECONDS = 10
"""Maximum seconds for one input; a slower one counts as a failure."""

_MAX_MEGABYTES = 2_048

_LIBFUZZER_SHARE = 0.3
"""Share of mutations by libFuzzer itself, which change bytes and ignore JSON."""

_PROGRESS = re.compile("#[0-9]+\t")
_COUNT = re.compile("stat::number_of_executed_units: ([0-9]+)")
_COVERED = re.compile("cov: ([0-9]+)")


class Run(NamedTuple):
    """The result of a run."""

    inputs: int
    covered: int
    """Number of reached branches."""

    code: int
    """libFuzzer's exit code; 0 if no input failed."""


def run(name: str, folder: Path, *, runs: int, seconds: int, seed: int) -> Run:
    """Fuzz until a limit is reached or an input fails.

    Args:
        name: the target's name.
        folder: gets the corpus and a failing input.
        runs: maximum number of inputs; 0 for no limit.
        seconds: time limit; 0 for no limit.
        seed: libFuzzer's random seed.
    """
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    bounds = [*([f"-runs={runs}"] if runs else []), *([f"-max_total_time={seconds}"] if seconds else [])]
    arguments = [
        *(
            *bounds,
            f"-seed={seed}",
            f"-max_len={MAX_BYTES}",
            f"-timeout={MAX_SECONDS}",
            f"-rss_limit_mb={_MAX_MEGABYTES}",
        ),
        *(f"-artifact_prefix={folder}/", "-print_final_stats=1", str(corpus)),
    ]
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(corpus), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as child:
        inputs, covered = parse_output(child.stderr or ())
        code = child.wait()
    return Run(inputs, covered, code)


def parse_output(lines: Iterable[str]) -> tuple[int, int]:
    """Return libFuzzer's counts of inputs and branches; after a failure, print its output without progress lines."""
    inputs, covered, output = 0, 0, []
    for line in lines:
        if count := _COUNT.match(line):
            inputs = int(count[1])
        if _PROGRESS.match(line):
            covered = int(found[1]) if (found := _COVERED.search(line)) else covered
        else:
            output.append(line)
    if any("ERROR" in line or "Traceback" in line for line in output):
        sys.stderr.writelines(output)
    return inputs, covered


def add_seeds(target: "Target", corpus: Path) -> None:
    """Run all seeds and add them to the corpus; keep a failing seed as a crash file."""
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
    import atheris  # noqa: PLC0415 installed in .venv-fuzz only

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 imported here to be instrumented

        target = TARGETS[name]
        add_seeds(target, corpus)  # also imports, and so instruments, modules that are imported at first use

    def check(data: bytes) -> None:
        target.check(text_of(data))

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < _LIBFUZZER_SHARE:
            return bytes(atheris.Mutate(data, max_size))
        return data_of(target.mutate(text_of(data), random))[:max_size]

    atheris.Setup(["fuzz", *arguments], check, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
