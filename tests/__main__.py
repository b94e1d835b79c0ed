"""`python -m tests`: all tests in parallel groups, the tests that `make test` leaves out, or the tests of a change."""

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

from ops.terminal.checkout import ROOT
from ops.terminal.encoding import substitute_unencodable
from ops.terminal.interrupts import unwinding_on_signals
from ops.terminal.output import console, counted
from tests.changed import changed_files, paths_of
from tests.groups import LINT, OTHERS, STAGED, Counts, Group, counts, percent

LOGS = ROOT / "build" / "tests"
NOTHING_TO_RUN = 5
"""pytest's exit code for a group without tests for the marker."""

_LOW = ("nice", "-n", "10")

_PROGRESS_SECONDS = 20
"""Seconds between two progress lines."""

_STOP_SECONDS = 30
"""Seconds for a group to stop its stage."""


@dataclass(slots=True)
class GroupRun:
    """A started group."""

    group: Group
    process: subprocess.Popen[bytes]
    log: Path
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, group: Group) -> "GroupRun":
        """Start a group in a new session that writes to a log."""
        log = LOGS / f"{group.name}.log"
        command = group.command if group.is_urgent else (*_LOW, *group.command)
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, start_new_session=True)
        if not group.is_urgent:
            # Niceness counts only within a session, so lower the session's too: sched(7), "The autogroup feature".
            with suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text(_LOW[-1], encoding="utf-8")
        return cls(group, process, log)

    @property
    def is_running(self) -> bool:
        """Whether the group has not ended yet."""
        return self.process.poll() is None

    @property
    def succeeded(self) -> bool:
        """Whether the group ended without a failure."""
        return self.process.returncode in {0, NOTHING_TO_RUN}

    @property
    def counts(self) -> Counts:
        """The group's test results."""
        return counts(self.log.read_text(encoding="utf-8", errors="replace"))

    def sentence(self) -> str:
        """The group's result, with the log's path if it failed."""
        mark, where = ("✓", "") if self.succeeded else ("✗", f", see {self.log.relative_to(ROOT)}")
        how = "" if self.group is LINT else f" {self.counts.line()}"
        return f"{mark} {self.group.name}:{how} in {_clock(time.monotonic() - self.began)}{where}"


Lane = Sequence[Group]
"""Groups that run one after the other."""


def run(lanes: Sequence[Lane]) -> bool:
    """Run lanes in parallel and print each group's result; returns whether all succeeded. No process outlives it."""
    LOGS.mkdir(parents=True, exist_ok=True)
    began, runs, is_stopping = time.monotonic(), list[GroupRun](), Event()

    def follow(lane: Lane) -> None:
        for group in lane:
            if not is_stopping.is_set():
                runs.append(started := GroupRun.start(group))
                started.process.wait()
                _print(started.sentence())

    with ThreadPoolExecutor(len(lanes)) as threads:
        following = [threads.submit(follow, lane) for lane in lanes]
        try:
            while wait(following, timeout=_PROGRESS_SECONDS).not_done:
                progress = [f"{each.group.name} {percent(each.log)}".strip() for each in runs if each.is_running]
                _print(f"  {_clock(time.monotonic() - began)} {', '.join(progress)}")
        finally:
            is_stopping.set()
            _stop(runs)
    for future in following:
        future.result()
    return _print_summary(runs, time.monotonic() - began)


def _stop(runs: Sequence[GroupRun]) -> None:
    """Interrupt running groups as Ctrl-C does, so that they stop their stages; kill those that take too long."""
    running = [each.process for each in runs if each.is_running]
    for process in running:
        os.killpg(process.pid, signal.SIGINT)
    for process in running:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _print_summary(runs: Sequence[GroupRun], seconds: float) -> bool:
    failed = [each for each in runs if not each.succeeded]
    for each in failed:
        _print(f"\n──── {each.group.name} ────\n{_failures_in(each.log)}")
    total = reduce(add, (each.counts for each in runs), Counts())
    _print(f"\n{'✗' if failed else '✓'} finished in {_clock(seconds)}; logs: {LOGS.relative_to(ROOT)}")
    if total.expected_to_fail:
        _print(f"{total.expected_to_fail} cases fail as expected: tests/cases names the issue of each")
    _print(total.line())
    return not failed


def _failures_in(log: Path) -> str:
    """The failures in pytest's output, at most 400 lines."""
    text = log.read_text(encoding="utf-8", errors="replace")
    begin = max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0)
    return "\n".join(text[begin:].splitlines()[-400:])


def _print(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def main() -> None:
    """Run what the command line requests; exit with 0 if all succeeded."""
    substitute_unencodable()
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--long", action="store_true", help="run the tests that `make test` leaves out")
    parser.add_argument(
        "--changed", metavar="COMMIT", help="run lint, and the unit and template tests of changed files"
    )
    arguments = parser.parse_args()
    if arguments.changed:
        lanes: Sequence[Lane] = _of_changes(arguments.changed)
    elif arguments.long:
        lanes = [[group.only("long") for group in lane] for lane in (*STAGED, *OTHERS)]
    else:
        lanes = [*STAGED, [LINT], *OTHERS]
    with unwinding_on_signals():
        succeeded = run(lanes)
    sys.exit(0 if succeeded else 1)


def _of_changes(since: str) -> list[Lane]:
    files = changed_files(since)
    tests = paths_of(files)
    _print(f"{counted(len(files), 'file')} changed since {since}; tests: {', '.join(tests) or 'none'}")
    return [[LINT], [Group.of_tests("changed", *tests)]] if tests else [[LINT]]


if __name__ == "__main__":
    main()
