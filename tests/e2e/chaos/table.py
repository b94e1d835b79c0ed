"""The table of the scenarios: what came in, what became of it, and whether anything was done twice or lost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from local.checks.conservation import Finding, Violation
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

_LOST = {Violation.LOST, Violation.UNFINISHED, Violation.UNSCHEDULED, Violation.WITHOUT_EFFECT}
"""What was taken over and did not come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario."""

    scenario: str
    accepted: int
    followed: int
    """What the accepted led to."""

    outcomes: Counter[str]
    duplicates: int
    """Jobs whose side effect was done more than once."""

    lost: int
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """As it is printed: what never came is a dot, but what must never come is a figure always."""
        return (
            self.scenario,
            f"{self.accepted}+{self.followed}",
            *(str(self.outcomes[outcome] or "·") for outcome in _HEADINGS),
            str(self.duplicates),
            str(self.lost),
            f"{self.seconds:.1f}",
        )


def duplicates(findings: Iterable[Finding]) -> int:
    """How many side effects these say were done more than once."""
    return sum(finding.breach is Violation.DOUBLED for finding in findings)


def lost(findings: Iterable[Finding]) -> int:
    """How many messages these say did not come to their end."""
    return sum(finding.breach in _LOST for finding in findings)


def total(rows: Sequence[Row]) -> Row:
    """The sum of them."""
    return Row(
        scenario=f"total of {len(rows)}",
        accepted=sum(row.accepted for row in rows),
        followed=sum(row.followed for row in rows),
        outcomes=sum((row.outcomes for row in rows), Counter[str]()),
        duplicates=sum(row.duplicates for row in rows),
        lost=sum(row.lost for row in rows),
        seconds=sum(row.seconds for row in rows),
    )


def rendered(rows: Sequence[Row]) -> str:
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
        "events: accepted + followed from them. Outcomes: how each delivery ended, the ingress queue's routing apart.",
        "duplicates: jobs whose side effect was done more than once. lost: messages that did not come to their end.",
    )
    return "\n".join((*lines, "", *notes))
