"""The table of scenarios: accepted messages, outcomes, duplicates and losses."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ops.conserve.reconciliation import Finding, Violation
from schemas.reasons import Outcome

WIDTH = 110

_HEADINGS = {
    Outcome.SUCCEEDED: "suc-\nceeded",
    Outcome.SKIPPED: "skip-\nped",
    Outcome.DUPLICATE: "dupli-\ncate",
    Outcome.RETRYING: "retry-\ning",
    Outcome.DEFERRED: "de-\nferred",
    Outcome.DEAD_LETTERED: "dead\nletter",
}

_LOST_VIOLATIONS = {Violation.LOST, Violation.UNFINISHED, Violation.UNSCHEDULED, Violation.WITHOUT_EFFECT}
"""Violations by which an accepted message is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario."""

    scenario: str
    accepted: int
    follow_ups: int
    """The number of follow-ups of the accepted messages."""

    outcomes: Counter[str]
    duplicates: int
    """Jobs whose side effect was performed more than once."""

    lost: int
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """The printed cells; an outcome that never occurred is a dot, but duplicates and losses are always a number."""
        return (
            self.scenario,
            f"{self.accepted}+{self.follow_ups}",
            *(str(self.outcomes[outcome] or "·") for outcome in _HEADINGS),
            str(self.duplicates),
            str(self.lost),
            f"{self.seconds:.1f}",
        )


def duplicates(findings: Iterable[Finding]) -> int:
    """The number of findings about a repeated side effect."""
    return sum(finding.violation is Violation.DOUBLED for finding in findings)


def lost(findings: Iterable[Finding]) -> int:
    """The number of findings about a lost message."""
    return sum(finding.violation in _LOST_VIOLATIONS for finding in findings)


def total(rows: Sequence[ScenarioRow]) -> ScenarioRow:
    """The sum of all rows."""
    return ScenarioRow(
        scenario=f"total of {len(rows)}",
        accepted=sum(row.accepted for row in rows),
        follow_ups=sum(row.follow_ups for row in rows),
        outcomes=sum((row.outcomes for row in rows), Counter[str]()),
        duplicates=sum(row.duplicates for row in rows),
        lost=sum(row.lost for row in rows),
        seconds=sum(row.seconds for row in rows),
    )


def rendered(rows: Sequence[ScenarioRow]) -> str:
    """The table as plain text."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario", overflow="fold")
    table.add_column("events", justify="right", no_wrap=True)
    for heading in (*_HEADINGS.values(), "dupli-\ncates", "lost", "sec-\nonds"):
        table.add_column(heading, justify="right", vertical="bottom", no_wrap=True)
    for row in rows:
        table.add_row(*row.cells(), end_section=row is rows[-1])
    table.add_row(*total(rows).cells())
    page = StringIO()
    Console(file=page, width=WIDTH, color_system=None).print(table)
    lines = (line.rstrip() for line in page.getvalue().splitlines())
    notes = (
        "events: accepted + their follow-ups. Outcomes: of each delivery, without the routing by the ingress.",
        "duplicates: jobs whose side effect was performed more than once. lost: messages without a final outcome.",
    )
    return "\n".join((*lines, "", *notes))
