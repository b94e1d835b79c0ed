"""The tables of `docs/cost.md`: made from a stage's templates, between marks; what stands around them is by hand."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ops.checkout import ROOT
from ops.cost import tables as sheets
from ops.cost.assumptions import Assumptions
from ops.cost.bill_items import Item
from ops.cost.levers import left, taken
from ops.cost.limits import bounds, elsewhere, paces
from ops.cost.scenarios import outcomes, whole_way
from ops.cost.templates import Sizes
from ops.terminal.made_blocks import written_anew
from ops.terminal.tables import Sheet

PAGE = ROOT / "docs" / "cost.md"
STAGE = "prod"
"""Whose templates the page shows."""


def blocks(of: Sizes, *, fixed: Sequence[Item]) -> dict[str, str]:
    """What stands between the marks, by their names, all by the default assumptions."""
    assumed = Assumptions()
    found = outcomes(of, assumed, fixed=fixed)
    bounding = bounds(of, assumed)
    quotas = [bound for bound in bounding if bound.is_aws] + elsewhere()
    made: dict[str, Sheet] = {
        "scenarios": sheets.scenario_sheet(found, STAGE),
        "shares": sheets.share_sheet(found, STAGE),
        "whole-way": sheets.bill_sheet(whole_way(of), STAGE),
        "fixed": sheets.fixed_sheet(fixed, STAGE),
        "taken": sheets.lever_sheet(taken(of, assumed), "Levers that were taken", "$/million saved"),
        "left": sheets.lever_sheet(left(of, assumed), "Levers that were left", "$/million to save"),
        "paces": sheets.pace_sheet(paces(of, assumed), STAGE),
        "bounds": sheets.bound_sheet(bounding, STAGE),
        "quotas": sheets.source_sheet(quotas),
    }
    raised = _list(sheets.raise_first(bounding))
    return {name: sheet.markdown() for name, sheet in made.items()} | {"raise-first": raised}


def write(of: Sizes, *, fixed: Sequence[Item], page: Path = PAGE) -> bool:
    """Write the tables of the page anew; whether any was other."""
    before = page.read_text()
    after = written_anew(before, blocks(of, fixed=fixed), name="docs/cost.md")
    page.write_text(after)
    return after != before


def _list(lines: Iterable[str]) -> str:
    """Numbered lines stay a list; those that begin one stand apart."""
    return "".join(line + "\n" if line[0].isdigit() else f"\n{line}\n\n" for line in lines).lstrip("\n")
