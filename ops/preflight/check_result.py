"""Findings of preflight: their states, and the summary of all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """Consequence of a finding for the stage."""

    OK = "ok"
    WARNING = "warning"
    """The stage works, but not as people would expect."""

    FAILED = "failed"
    """The stage does not work, or loses a part of its work."""

    UNKNOWN = "unknown"
    """A call was refused or not answered, so the finding is open."""

    NOT_YET = "not yet"
    """A deploy has to create first what is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Finding of one check."""

    check: str
    state: CheckState
    found: str
    """The state of affairs, as a clause."""

    meaning: str = ""
    """The consequence, as a sentence without its full stop; empty where all is well."""

    remedy: str = ""
    """The action to take, with the command; empty where there is nothing to do."""


def ok(check: str, found: str) -> CheckResult:
    """Return a finding that needs nobody."""
    return CheckResult(check=check, state=CheckState.OK, found=found)


def not_yet(check: str, found: str = "nothing is deployed", meaning: str = "", remedy: str = "") -> CheckResult:
    """Return a finding about what a deploy will create. It is no failure: preflight runs before a deploy, too."""
    return CheckResult(check=check, state=CheckState.NOT_YET, found=found, meaning=meaning, remedy=remedy)


def failed(check: str, found: str, meaning: str, remedy: str) -> CheckResult:
    """Return a finding that must be mended before the stage works."""
    return CheckResult(check=check, state=CheckState.FAILED, found=found, meaning=meaning, remedy=remedy)


def warning(check: str, found: str, meaning: str, remedy: str) -> CheckResult:
    """Return a finding that people should know."""
    return CheckResult(check=check, state=CheckState.WARNING, found=found, meaning=meaning, remedy=remedy)


def has_failed(findings: Iterable[CheckResult]) -> bool:
    """Whether any check failed."""
    return any(each.state is CheckState.FAILED for each in findings)


def is_known(findings: Iterable[CheckResult]) -> bool:
    """Whether everything could be read."""
    return not any(each.state is CheckState.UNKNOWN for each in findings)


def is_deployed(findings: Iterable[CheckResult]) -> bool:
    """Whether everything that a deploy creates was there to be checked."""
    return not any(each.state is CheckState.NOT_YET for each in findings)


def counts(findings: Iterable[CheckResult]) -> dict[CheckState, int]:
    """Count the findings by state, the most urgent first; states without any are left out."""
    found = Counter(each.state for each in findings)
    order = (CheckState.FAILED, CheckState.WARNING, CheckState.UNKNOWN, CheckState.NOT_YET, CheckState.OK)
    return {state: found[state] for state in order if found[state]}


def not_seen(name: str, found: str, remedy: str) -> CheckResult:
    """Return the result of a verification for which the account has no data yet."""
    meaning = "The assumption is neither confirmed nor refuted"
    return CheckResult(check=name, state=CheckState.UNKNOWN, found=found, meaning=meaning, remedy=remedy)
