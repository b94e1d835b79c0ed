"""`python -m tests`: all tests, in groups side by side; or those that `make test` leaves out; or those of a change."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from threading import Event

from ops.checkout import ROOT
from ops.terminal.interrupts import unwinding_on_signals
from ops.terminal.output import console, counted
from tests.changed import changed_files, paths_of
from tests.groups import LINT, OTHERS, STAGED, Counts, Group, counts, percent

LOGS = ROOT / "build" / "tests"
NOTHING_TO_RUN = 5
"""pytest's exit code where a group has no test with the marker."""

_LOW = ("nice", "-n", "10")

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

    @classmethod
    def start(cls, group: Group) -> "Run":
        """Start a group in a session of its own, its output in a log."""
        log = LOGS / f"{group.name}.log"
        command = group.command if group.is_urgent else (*_LOW, *group.command)
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, start_new_session=True)
        if not group.is_urgent:
            # Linux shares processors out by session, by niceness within one alone: sched(7), "The autogroup feature".
            with suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text(_LOW[-1])
        return cls(group, process, log)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    @property
    def succeeded(self) -> bool:
        """Whether it ended without a failure."""
        return self.process.returncode in {0, NOTHING_TO_RUN}

    @property
    def counts(self) -> Counts:
        """How its tests ended."""
        return counts(self.log.read_text(errors="replace"))

    def sentence(self) -> str:
        """How it ended, and where its log is if it failed."""
        mark, where = ("✓", "") if self.succeeded else ("✗", f", see {self.log.relative_to(ROOT)}")
        how = "" if self.group is LINT else f" {self.counts.line()}"
        return f"{mark} {self.group.name}:{how} in {_clock(time.monotonic() - self.began)}{where}"


Lane = Sequence[Group]
"""Groups that run one after the other."""


def run(lanes: Sequence[Lane]) -> bool:
    """Run lanes side by side and say how each group ends; whether all succeeded. However it ends, nothing runs on."""
    LOGS.mkdir(parents=True, exist_ok=True)
    began, runs, is_over = time.monotonic(), list[Run](), Event()

    def follow(lane: Lane) -> None:
        for group in lane:
            if not is_over.is_set():
                runs.append(started := Run.start(group))
                started.process.wait()
                _tell(started.sentence())

    with ThreadPoolExecutor(len(lanes)) as threads:
        following = [threads.submit(follow, lane) for lane in lanes]
        try:
            while wait(following, timeout=_EVERY_SECONDS).not_done:
                far = [f"{each.group.name} {percent(each.log)}".strip() for each in runs if each.is_running]
                _tell(f"  {_clock(time.monotonic() - began)} {', '.join(far)}")
        finally:
            is_over.set()
            _stop(runs)
    for ended in following:
        ended.result()
    return _summed_up(runs, time.monotonic() - began)


def _stop(runs: Sequence[Run]) -> None:
    """Interrupt what still runs, as Ctrl-C does, so that it takes its stage down; kill what takes too long for that."""
    running = [each.process for each in runs if each.is_running]
    for process in running:
        os.killpg(process.pid, signal.SIGINT)
    for process in running:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _summed_up(runs: Sequence[Run], seconds: float) -> bool:
    failed = [each for each in runs if not each.succeeded]
    for each in failed:
        _tell(f"\n──── {each.group.name} ────\n{_end_of(each.log)}")
    total = reduce(add, (each.counts for each in runs), Counts())
    _tell(f"\n{'✗' if failed else '✓'} all of it took {_clock(seconds)}; logs: {LOGS.relative_to(ROOT)}")
    if total.expected_to_fail:
        _tell(f"{total.expected_to_fail} cases fail as expected: tests/cases says which issue mends each")
    _tell(total.line())
    return not failed


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
        lanes: Sequence[Lane] = _of_changes(asked.changed)
    elif asked.long:
        lanes = [[group.only("long") for group in lane] for lane in (*STAGED, *OTHERS)]
    else:
        lanes = [*STAGED, [LINT], *OTHERS]
    with unwinding_on_signals():
        succeeded = run(lanes)
    sys.exit(0 if succeeded else 1)


def _of_changes(since: str) -> list[Lane]:
    files = changed_files(since)
    tests = paths_of(files)
    _tell(f"{counted(len(files), 'file')} changed since {since}; tests: {', '.join(tests) or 'none'}")
    return [[LINT], [Group.of_tests("changed", *tests)]] if tests else [[LINT]]


if __name__ == "__main__":
    main()
