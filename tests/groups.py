"""The groups of tests that `make test` runs side by side: each has a deployed stage of its own, or needs none.

A stage's tests wait most of the time, for a batch, a retry or an alarm, so that two stages and more share two
processors. All that needs no stage has a low priority: deployed functions have but seconds.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

_CONSERVATION = "tests/e2e/test_conservation.py"
"""Last in each group whose stage it balances the books of."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tests of one process."""

    name: str
    command: Sequence[str]
    is_urgent: bool = True
    """If not, it takes the processor time that the others leave."""

    @classmethod
    def of_tests(cls, name: str, *paths: str, is_urgent: bool = True) -> "Group":
        """A group that pytest runs."""
        return cls(name, (*PYTEST, *paths), is_urgent)

    def only(self, marker: str) -> "Group":
        """The group, of whose tests those with a marker are run instead of those without."""
        return replace(self, command=(*self.command, "-m", marker))


LINT = Group("lint", ("make", "--no-print-directory", "lint"), is_urgent=False)

STAGED = (
    # One stage for both: to deploy one takes half a minute of processor time, and most of operations is waiting.
    (Group.of_tests("operations", "tests/e2e/operations", "tests/e2e/browser", _CONSERVATION),),
    # One after the other: with a third stage beside them, functions were late, and the scenarios count failures.
    (Group.of_tests("chaos", "tests/e2e/chaos"), Group.of_tests("flow", "tests/e2e/flow", _CONSERVATION)),
)
"""Lanes: what is in one runs one after the other, beside the other lanes."""

OTHERS = (
    (Group.of_tests("unit", "tests/unit", "tests/cases", is_urgent=False),),
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
    """How a group's tests ended."""

    passed: int = 0
    failed: int = 0
    """Errors of fixtures among them."""

    skipped: int = 0
    expected_to_fail: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.expected_to_fail + other.expected_to_fail,
        )

    def line(self) -> str:
        """`376 passed, 0 failed`, and what was skipped where anything was."""
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def counts(log: str) -> Counts:
    """Read the last line of a pytest log; none of each where it has no such line, as where pytest was stopped."""
    lines = [line for line in log.splitlines() if re.search(r" in [0-9.]+s\b", line)]
    found = {what: int(number) for number, what in re.findall(r"([0-9]+) ([a-z]+)", lines[-1])} if lines else {}
    return Counts(
        passed=found.get("passed", 0),
        failed=found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0),
        skipped=found.get("skipped", 0),
        expected_to_fail=found.get("xfailed", 0),
    )


def percent(log: Path) -> str:
    """How far a running group has come, by what pytest has written: ` 38%`; empty before its first test."""
    found = re.findall(r"\[ *([0-9]+%)\]", log.read_text(errors="replace")[-4_000:])
    return found[-1] if found else ""
