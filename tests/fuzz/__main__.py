"""`python -m tests.fuzz`, which is `make fuzz`: hostile input to four targets; exit code 1 if one broke."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from tests.fuzz import blind, guided
from tests.fuzz.encoding import text_of
from tests.fuzz.tally import Tally
from tests.fuzz.targets import TARGETS, Target

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
_SECONDS = 60


def main(arguments: Sequence[str] | None = None, *, folder: Path = FOLDER) -> int:
    """Fuzz what is asked for.

    Args:
        arguments: of the command line.
        folder: takes a folder a target, with its corpus and its crash files.

    Returns:
        The exit code: 0 where nothing broke.
    """
    options = _options(arguments)
    logging.disable(logging.CRITICAL)  # the console's log of an answer that failed, which the check tells anyway
    seconds = options.seconds if options.seconds is not None else 0 if options.runs else _SECONDS
    broken = False
    for name in options.targets or TARGETS:
        target = TARGETS[name]
        if options.again:
            return _again(target, options.again)
        print(f"fuzz: {name}: {target.about}", flush=True)  # noqa: T201 for who runs it
        how = _blindly if options.blind else _guided
        broken |= how(target, folder / name, options.runs, seconds, options.seed)
    return int(broken)


def _blindly(target: Target, folder: Path, runs: int, seconds: int, seed: int) -> bool:
    tally, began = Tally(folder), monotonic()
    blind.run(target, tally, runs=runs, seconds=seconds, seed=seed)
    print(*tally.lines(monotonic() - began), sep="\n")  # noqa: T201 likewise
    return bool(tally.crashes)


def _guided(target: Target, folder: Path, runs: int, seconds: int, seed: int) -> bool:
    began = monotonic()
    found = guided.run(target.name, folder, runs=runs, seconds=seconds, seed=seed)
    ended = f"BROKEN: libFuzzer ended with {found.code}; the input lies in {folder}" if found.code else "nothing broke"
    counts = f"{found.inputs:,} inputs, {found.covered:,} branches, {monotonic() - began:,.0f} s"
    print(f"fuzz: {target.name}: {counts}, {ended}")  # noqa: T201 likewise
    return found.code != 0


def _again(target: Target, file: Path) -> int:
    """One input from a file, as it broke something."""
    try:
        print(dict(target.check(text_of(file.read_bytes()))))  # noqa: T201 likewise
    except Exception:  # noqa: BLE001 whatever it is, somebody wants to see it
        traceback.print_exc()
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Hostile input, within bounds.")
    # The empty list: that is what Python 3.11's argparse looks for among the choices where no target is named.
    parser.add_argument(
        "targets", nargs="*", choices=[[], *TARGETS], metavar="target", help=f"of {', '.join(TARGETS)}; all"
    )
    parser.add_argument("--runs", type=int, default=0, help="inputs of each target; blind: messages, cards or requests")
    parser.add_argument("--seconds", type=int, help=f"of each target; {_SECONDS} where no runs are given")
    parser.add_argument("--seed", type=int, default=1, help="of all chance: blind, the same inputs for the same seed")
    parser.add_argument("--blind", action="store_true", help="without coverage, many times as fast; needs no atheris")
    parser.add_argument("--again", type=Path, help="run one file's input at the one target")
    options = parser.parse_args(arguments)
    if options.again and len(options.targets) != 1:
        parser.error("--again needs the one target that the file is of")
    return options


if __name__ == "__main__":
    sys.exit(main())
