"""`make fuzz` (`python -m tests.fuzz`): hostile input for each target, and the costliest; exit code 1 if one fails."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from tests.fuzz import blind, costs, guided
from tests.fuzz.encoding import text_of
from tests.fuzz.tally import Tally, keep
from tests.fuzz.targets import TARGETS, Target

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
_SECONDS = 60


def main(arguments: Sequence[str] | None = None, *, folder: Path = FOLDER) -> int:
    """Fuzz the given targets.

    Args:
        arguments: the command line's arguments.
        folder: gets one folder per target, with corpus and crash files.

    Returns:
        The exit code: 0 if all checks passed.
    """
    options = _options(arguments)
    logging.disable(logging.CRITICAL)  # such as the console's log of a failed response, which the check reports anyway
    seconds = options.seconds if options.seconds is not None else 0 if options.runs else _SECONDS
    failed = False
    for name in options.targets or [*TARGETS, costs.NAME]:
        if name == costs.NAME:
            failed |= _run_for_time(folder / name, options, seconds)
            continue
        target = TARGETS[name]
        if options.again:
            return _run_again(target, options.again)
        print(f"fuzz: {name}: {target.about}", flush=True)
        run = _run_blind if options.blind else _run_guided
        failed |= run(target, folder / name, options.runs, seconds, options.seed)
    return int(failed)


def _run_blind(target: Target, folder: Path, runs: int, seconds: int, seed: int) -> bool:
    tally, started = Tally(folder), monotonic()
    blind.run(target, tally, runs=runs, seconds=seconds, seed=seed)
    print(*tally.lines(monotonic() - started), sep="\n")
    return bool(tally.crashes)


def _run_guided(target: Target, folder: Path, runs: int, seconds: int, seed: int) -> bool:
    started = monotonic()
    found = guided.run(target.name, folder, runs=runs, seconds=seconds, seed=seed)
    ended = f"FAILED: libFuzzer ended with {found.code}; the input is in {folder}" if found.code else "no failures"
    counts = f"{found.inputs:,} inputs, {found.covered:,} branches, {monotonic() - started:,.0f} s"
    print(f"fuzz: {target.name}: {counts}, {ended}")
    return found.code != 0


def _run_for_time(folder: Path, options: argparse.Namespace, seconds: int) -> bool:
    """Search for the costliest message, or measure the one in a file."""
    if options.again:
        found = costs.cost(text_of(options.again.read_bytes()))
    else:
        print(f"fuzz: {costs.NAME}: {costs.ABOUT}", flush=True)
        best = costs.search(runs=options.runs, seconds=seconds, seed=options.seed, report=print)
        found = best.cost
        print(f"{best.messages:,} messages; the costliest is {keep(folder, best.recipe.body())}")
    print(f"fuzz: {costs.NAME}: {found:.1f} units, of {costs.LIMIT:.0f} that are allowed")
    return found > costs.LIMIT


def _run_again(target: Target, file: Path) -> int:
    """Run one input from a file again."""
    try:
        print(dict(target.check(text_of(file.read_bytes()))))
    except Exception:  # noqa: BLE001 any error is printed
        traceback.print_exc()
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz targets with hostile input.")
    # Python 3.11's argparse looks for the empty list among the choices where no target is given.
    parser.add_argument(
        "targets",
        nargs="*",
        choices=[[], *TARGETS, costs.NAME],
        metavar="target",
        help=f"one of {', '.join([*TARGETS, costs.NAME])}; default: all",
    )
    parser.add_argument(
        "--runs", type=int, default=0, help="inputs per target; with --blind: messages, cards, requests or cases"
    )
    parser.add_argument("--seconds", type=int, help=f"time per target; default: {_SECONDS} without --runs")
    parser.add_argument(
        "--seed", type=int, default=1, help="random seed; with --blind, the same seed gives the same inputs"
    )
    parser.add_argument(
        "--blind", action="store_true", help="without coverage guidance: many times faster, without atheris"
    )
    parser.add_argument("--again", type=Path, help="run the input in a file on the given target")
    options = parser.parse_args(arguments)
    if options.again and len(options.targets) != 1:
        parser.error("--again needs exactly one target: that of the file")
    return options


if __name__ == "__main__":
    sys.exit(main())
