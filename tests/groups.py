"""The groups of tests that `make test` runs in parallel; each has a deployed stage of its own or needs none.

Tests with a stage mostly wait for a batch, a retry or an alarm, so that several stages can share two processors. Groups
without a stage have a low priority, since deployed functions have timeouts of seconds.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

_CONSERVATION = "tests/e2e/test_conservation.py"
"""Last in each group, since it reconciles the records of the group's stage."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tests of one process."""

    name: str
    command: Sequence[str]
    is_urgent: bool = True
    """Whether the group has normal priority instead of a low one."""

    @classmethod
    def of_tests(cls, name: str, *paths: str, is_urgent: bool = True) -> "Group":
        """A group that pytest runs."""
        return cls(name, (*PYTEST, *paths), is_urgent)

    def only(self, marker: str) -> "Group":
        """The same group limited to its tests with a marker, which run only then."""
        return replace(self, command=(*self.command, "-m", marker))


LINT = Group("lint", ("make", "--no-print-directory", "lint"), is_urgent=False)

STAGED = (
    # One stage for both: a deployment takes half a minute of processor time, and the operations tests mostly wait.
    (Group.of_tests("operations", "tests/e2e/operations", "tests/e2e/browser", _CONSERVATION),),
    # One after the other: with a third stage functions were late, and the scenarios count failures.
    (Group.of_tests("chaos", "tests/e2e/chaos"), Group.of_tests("flow", "tests/e2e/flow", _CONSERVATION)),
)
"""Lanes: the groups of one lane run one after the other, in parallel with the other lanes."""

OTHERS = (
    (Group.of_tests("unit", "tests/unit", "tests/cases", "tests/simulation", is_urgent=False),),
    (
        Group.of_tests(
            "templates",
            "tests/infrastructure",
            "tests/supply_chain",
            "tests/contracts",
            "tests/benchmarks",
            "tests/fuzz",
            is_urgent=False,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """The results of a group's tests."""

    passed: int = 0
    failed: int = 0
    """Includes errors of fixtures."""

    skipped: int = 0
    expected_to_fail: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """The sum of both."""
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.expected_to_fail + other.expected_to_fail,
        )

    def line(self) -> str:
        """The summary line, such as `376 passed, 0 failed`; skipped tests are mentioned if there are any."""
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def counts(log: str) -> Counts:
    """Read the last line of a pytest log; all zero without such a line, for example if pytest was stopped."""
    lines = [line for line in log.splitlines() if re.search(r" in [0-9.]+s\b", line)]
    found = {what: int(number) for number, what in re.findall(r"([0-9]+) ([a-z]+)", lines[-1])} if lines else {}
    return Counts(
        passed=found.get("passed", 0),
        failed=found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0),
        skipped=found.get("skipped", 0),
        expected_to_fail=found.get("xfailed", 0),
    )


def percent(log: Path) -> str:
    """The progress of a running group from pytest's output, such as `38%`; empty before its first test."""
    found = re.findall(r"\[ *([0-9]+%)\]", log.read_text(errors="replace")[-4_000:])
    return found[-1] if found else ""
