"""Counts of outcomes: grouped log lines become rows with attempts and failures. Pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.reasons import Outcome, Reason


class Dimension(StrEnum):
    """A property of outcome lines by which they are counted."""

    TYPE = "type"
    """The function's type, or `queue_processor`, as everywhere in these commands."""

    OUTCOME = "outcome"
    TENANT = "tenant"
    REASON = "reason"
    VERSION = "version"
    """Version of the function's code."""

    CAUSE = "cause"
    ERROR = "error"
    DESTINATION = "destination"
    SOURCE = "source"
    """Service that a refused message claims to be from."""

    @property
    def field(self) -> str:
        """Name of the property in a log line."""
        return _FIELDS.get(self, self.value)


_FIELDS = {
    Dimension.TYPE: "service",
    Dimension.TENANT: "company_id",
    Dimension.VERSION: "function_version",
    Dimension.CAUSE: "fingerprint",
}

_DECIDES_ATTEMPTS = (Dimension.OUTCOME.field, Dimension.REASON.field)

_DONE = frozenset({Outcome.SUCCEEDED, Outcome.ROUTED})
_FAILURES = frozenset({Outcome.RETRYING, Outcome.DEAD_LETTERED})
"""Both are outcomes of deliveries that spent an attempt, as the metric `Failure` counts them (`Telemetry.report`)."""


@dataclass(frozen=True, slots=True)
class LineCount:
    """Log lines that have the same values."""

    values: Mapping[str, str]
    """Values by the field of a log line; a field that the lines lack is absent or empty."""

    lines: int


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Deliveries that have the same values."""

    values: tuple[str, ...]
    """One for each dimension besides the outcome; empty where the lines have none."""

    outcomes: Mapping[Outcome, int]
    """Deliveries by outcome."""

    attempts: int
    failures: int

    @property
    def deliveries(self) -> int:
        """Number of all deliveries."""
        return sum(self.outcomes.values())


def dimensions(text: str) -> tuple[Dimension, ...]:
    """Read dimensions that were typed, separated by commas.

    Raises:
        OperatorError: there is none of that name.
    """
    names = [each.strip() for each in text.split(",")]
    for name in names:
        if name not in set(Dimension):
            raise OperatorError(
                f"outcomes cannot be counted by {printable(name)!r}: give one or several of {', '.join(Dimension)}, "
                "separated by commas"
            )
    return tuple(dict.fromkeys(map(Dimension, names)))


def counted_fields(by: Sequence[Dimension]) -> tuple[str, ...]:
    """Return the fields of log lines that must be counted apart, so that `rows` can be computed."""
    return tuple(dict.fromkeys([*(each.field for each in by), *_DECIDES_ATTEMPTS]))


def rows(counts: Iterable[LineCount], by: Sequence[Dimension]) -> tuple[OutcomeRow, ...]:
    """Add up counted lines, the most failures first.

    Args:
        counts: lines counted by at least the fields of `counted_fields`; lines without an outcome are left out.
        by: the dimensions; the outcome is no value of a row, because each row has all of them.
    """
    fields = [each.field for each in by if each is not Dimension.OUTCOME]
    outcomes: defaultdict[tuple[str, ...], Counter[Outcome]] = defaultdict(Counter)
    attempts: Counter[tuple[str, ...]] = Counter()
    failures: Counter[tuple[str, ...]] = Counter()
    for count in counts:
        name = count.values.get("outcome", "")
        if name not in set(Outcome):
            continue
        outcome, key = Outcome(name), tuple(count.values.get(field, "") for field in fields)
        outcomes[key][outcome] += count.lines
        failed = outcome in _FAILURES and count.values.get("reason") != Reason.UNAVAILABLE  # which spent no attempt
        attempts[key] += count.lines if failed or outcome in _DONE else 0
        failures[key] += count.lines if failed else 0
    found = [OutcomeRow(key, counter, attempts[key], failures[key]) for key, counter in outcomes.items()]
    return tuple(sorted(found, key=lambda row: (-row.failures, -row.deliveries, row.values)))


def total(found: Iterable[OutcomeRow]) -> OutcomeRow:
    """Add up rows to one without values."""
    outcomes: Counter[Outcome] = Counter()
    attempts = failures = 0
    for row in found:
        outcomes.update(row.outcomes)
        attempts, failures = attempts + row.attempts, failures + row.failures
    return OutcomeRow((), outcomes, attempts, failures)
