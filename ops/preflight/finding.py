"""What preflight found: states, findings, and the summary of all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a finding means for the stage."""

    OK = "ok"
    WARNING = "warning"
    """The stage works, but not as people would expect."""

    FAILED = "failed"
    """The stage does not work, or loses a part of its work."""

    UNKNOWN = "unknown"
    """It could not be read."""

    NOT_YET = "not yet"
    """It exists only after a deploy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    state: State
    found: str
    """What is there, as a clause."""

    meaning: str = ""
    """What that means for the stage, as a sentence without its full stop; empty where all is well."""

    remedy: str = ""
    """What to do, with the command; empty where there is nothing to do."""


def ok(check: str, found: str) -> Finding:
    """Return a finding that needs nobody."""
    return Finding(check=check, state=State.OK, found=found)


def not_yet(check: str, found: str = "nothing is deployed") -> Finding:
    """Return a finding about what a deploy will create."""
    return Finding(check=check, state=State.NOT_YET, found=found)


def failed(check: str, found: str, meaning: str, remedy: str) -> Finding:
    """Return a finding that must be mended before the stage works."""
    return Finding(check=check, state=State.FAILED, found=found, meaning=meaning, remedy=remedy)


def warning(check: str, found: str, meaning: str, remedy: str) -> Finding:
    """Return a finding that people should know."""
    return Finding(check=check, state=State.WARNING, found=found, meaning=meaning, remedy=remedy)


def has_failed(findings: Iterable[Finding]) -> bool:
    """Whether any check failed."""
    return any(each.state is State.FAILED for each in findings)


def is_deployed(findings: Iterable[Finding]) -> bool:
    """Whether everything that a deploy creates was there to be checked."""
    return not any(each.state is State.NOT_YET for each in findings)


def counts(findings: Iterable[Finding]) -> dict[State, int]:
    """Count the findings by state, the most urgent first; states without any are left out."""
    found = Counter(each.state for each in findings)
    order = (State.FAILED, State.WARNING, State.UNKNOWN, State.NOT_YET, State.OK)
    return {state: found[state] for state in order if found[state]}
