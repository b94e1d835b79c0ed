"""Findings of preflight, as text and as JSON records."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.text import Text

from ops.preflight.assumptions import Assumption
from ops.preflight.check_result import CheckResult, CheckState, counts
from ops.preflight.reading import Account
from ops.terminal.output import printable

_MARKS = {
    CheckState.OK: ("✓", "green"),
    CheckState.WARNING: ("▲", "yellow"),
    CheckState.FAILED: ("✗", "bold red"),
    CheckState.UNKNOWN: ("?", "yellow"),
    CheckState.NOT_YET: ("○", "dim"),
}


def text(here: Account, findings: Sequence[CheckResult]) -> Iterator[Text]:
    """The headline, and the findings."""
    yield Text(f"Stage {here.assembly.stage} in {here.region}", "bold")
    yield from text_of(findings)


def verification_text(here: Account, findings: Sequence[CheckResult], by_hand: Sequence[Assumption]) -> Iterator[Text]:
    """Yield the results of the verifications, and the commands for the other assumptions in this stage and region."""
    yield Text("Assumptions about AWS", "bold")
    yield from text_of(findings)
    for each in by_hand:
        yield Text.assemble(("· ", "dim"), f"by hand: {each.text}")
        settled = each.settled.replace("$STAGE", here.assembly.stage).replace("$REGION", here.region)
        yield Text(f"    → {settled}", "cyan")


def text_of(findings: Iterable[CheckResult]) -> Iterator[Text]:
    """Each finding: a line with what was found, then what it means and what to do."""
    for each in findings:
        mark, colour = _MARKS[each.state]
        not_ok = each.state not in {CheckState.OK, CheckState.NOT_YET}
        yield Text.assemble((f"{mark} ", colour), (each.check, "bold" if not_ok else ""), f": {printable(each.found)}")
        if each.meaning:
            yield Text(f"    {printable(each.meaning)}.")
        if each.remedy:
            yield Text(f"    → {printable(each.remedy)}", "cyan")


def summary(findings: Iterable[CheckResult]) -> Text:
    """Return the number of findings by state, as a line."""
    return Text(", ".join(f"{count} {state}" for state, count in counts(findings).items()), "bold")


def records(findings: Iterable[CheckResult]) -> Iterator[dict[str, Any]]:
    """Yield a JSON record for each finding."""
    for each in findings:
        yield {
            "check": each.check,
            "state": str(each.state),
            "found": each.found,
            "meaning": each.meaning,
            "remedy": each.remedy,
        }
