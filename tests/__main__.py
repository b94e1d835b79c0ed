"""`python -m tests`: all tests, in groups side by side; or those that `make test` leaves out; or those of a change."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path

from ops.checkout import ROOT
from ops.terminal.output import console, counted
from tests.changed import changed_files, paths_of
from tests.groups import LINT, OTHERS, STAGED, Counts, Group, counts, percent

LOGS = ROOT / "build" / "tests"
NOTHING_TO_RUN = 5
"""pytest's exit code where a group has no test with the marker."""

_EVERY_SECONDS = 20
"""Between two lines that say how far all have come."""

_STOP_SECONDS = 30
"""For a group to take down its stage."""


@dataclass(slots=True)
class Run:
    """A group that was started."""

    group: Group
    process: subprocess.Popen[bytes]
    log: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def succeeded(self) -> bool:
        """Whether it ended without a failure."""
        return self.process.returncode in {0, NOTHING_TO_RUN}

    def sentence(self) -> str:
        """How it ended."""
        how = counts(self.log.read_text(errors="replace")).line() if self.group is not LINT else "clean"
        what = how if self.succeeded else f"{how if self.group is not LINT else 'failed'}: {self.log.relative_to(ROOT)}"
        return f"{'✓' if self.succeeded else '✗'} {self.group.name}: {what} in {_clock(time.monotonic() - self.began)}"


def run(groups: Sequence[Group]) -> bool:
    """Run groups side by side and say how each ends; whether all succeeded."""
    LOGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with _started(groups) as runs:
        _watch(runs, began)
    failed = [each for each in runs if not each.succeeded]
    for each in failed:
        _tell(f"\n──── {each.group.name} ────\n{_end_of(each.log)}")
    total = reduce(add, (counts(each.log.read_text(errors="replace")) for each in runs), Counts())
    _tell(
        f"\n{'✗' if failed else '✓'} all of it took {_clock(time.monotonic() - began)}; logs: {LOGS.relative_to(ROOT)}"
    )
    if total.expected_to_fail:
        _tell(f"{total.expected_to_fail} cases fail as expected: tests/cases says which issue mends each")
    _tell(total.line())
    return not failed


@contextmanager
def _started(groups: Sequence[Group]) -> Iterator[list[Run]]:
    """Start each group in a session of its own; however the block ends, none is left running."""
    runs: list[Run] = []
    try:
        for group in groups:
            log = LOGS / f"{group.name}.log"
            with log.open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 our own commands
                    group.command, stdout=output, stderr=output, cwd=ROOT, start_new_session=True
                )
            runs.append(Run(group, process, log))
        yield runs
    finally:
        for each in runs:
            _stop(each.process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt a group as Ctrl-C does, so that it takes its stage down; kill it where that takes too long."""
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, None)):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue


def _watch(runs: Sequence[Run], began: float) -> None:
    """Wait for all; say what ends, and every so often how far the others have come."""
    with ThreadPoolExecutor(len(runs)) as waiting:
        running = {waiting.submit(each.process.wait): each for each in runs}
        while running:
            ended, _ = wait(running, timeout=_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            for each in ended:
                _tell(running.pop(each).sentence())
            if not ended:
                far = ", ".join(f"{each.group.name} {percent(each.log)}".strip() for each in running.values())
                _tell(f"  {_clock(time.monotonic() - began)} {far}")


def _end_of(log: Path) -> str:
    """What a failed group says of its failures: pytest's part of it, 400 lines at most."""
    text = log.read_text(errors="replace")
    begin = max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0)
    return "\n".join(text[begin:].splitlines()[-400:])


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def main() -> None:
    """Run what the command line asks for, and exit with 0 where all succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--long", action="store_true", help="what `make test` leaves out, instead of what it runs")
    parser.add_argument("--changed", metavar="COMMIT", help="lint, and the unit and template tests of what was changed")
    asked = parser.parse_args()
    if asked.changed:
        groups = _of_changes(asked.changed)
    else:
        groups = [each.only("long") for each in (*STAGED, *OTHERS)] if asked.long else [*STAGED, LINT, *OTHERS]
    sys.exit(0 if run(groups) else 1)


def _of_changes(since: str) -> list[Group]:
    files = changed_files(since)
    tests = paths_of(files)
    _tell(f"{counted(len(files), 'file')} changed since {since}; tests: {', '.join(tests) or 'none'}")
    return [LINT, Group.of_tests("changed", *tests)] if tests else [LINT]


if __name__ == "__main__":
    main()
