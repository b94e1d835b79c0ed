"""`python -m tests.benchmarks`, also `make bench`: measures, prints a table, writes `build/bench.json`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from tests.benchmarks import baseline
from tests.benchmarks.bench import Bench
from tests.benchmarks.families import FAMILIES, Family
from tests.benchmarks.function_folders import ROOT
from tests.benchmarks.machine import facts
from tests.benchmarks.report import summary, table, write_json
from tests.benchmarks.row import Row

JSON = ROOT / "build" / "bench.json"


def main(
    arguments: Sequence[str] | None = None, *, families: Mapping[str, Family] = FAMILIES, file: Path = JSON
) -> int:
    """Run the requested families.

    Args:
        arguments: the command line's arguments.
        families: the known families.
        file: the file for the rows as JSON.

    Returns:
        The exit code: 0 if all families were measured and, with --strict, no target was missed.
    """
    options = _options(arguments, families)
    progress = Console(stderr=True)
    if options.write_baseline:
        baseline.write(found := baseline.measure())
        progress.print(f"bench: {found.ratio_to_json_loads} json.loads an event, written to {baseline.FILE.name}")
        return 0
    bench = Bench(quick=options.quick, report=progress.print)
    rows: list[Row] = []
    failed: list[str] = []
    for name in options.rows:
        progress.print(f"bench: {name}")
        try:
            rows += families[name](bench)
        except Exception as error:  # noqa: BLE001 the other families are still measured
            failed.append(name)
            progress.print(f"bench: {name} could not be measured: {error}", markup=False)
    write_json(file, rows, facts(), quick=options.quick)
    # A table in a file is for reading too: do not squeeze its columns.
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table(rows))
    console.print(summary(rows))
    if failed:
        console.print(f"Not measured: {', '.join(failed)}; see above.")
    return int(bool(failed) or (options.strict and any(row.met is False for row in rows)))


def _options(arguments: Sequence[str] | None, families: Mapping[str, Family]) -> argparse.Namespace:
    def names(text: str) -> list[str]:
        requested = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in requested if name not in families]
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no family {unknown[0]!r}: take some of {', '.join(families)}")
        return requested

    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure ours against the floor.")
    parser.add_argument("--rows", type=names, default=list(families), help=f"of {', '.join(families)}; all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument("--strict", action="store_true", help="a missed target is an error")
    parser.add_argument("--write-baseline", action="store_true", help="only count instructions, and write the baseline")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
