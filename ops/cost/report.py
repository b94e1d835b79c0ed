"""`cost` and `limits`: what a stage costs and how far it goes, read in its synthesized templates."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ops.cost import cost_page
from ops.cost import tables as sheets
from ops.cost.assumptions import Assumptions
from ops.cost.cost_report import tell, tell_lines
from ops.cost.fixed import fixed
from ops.cost.limits import bounds, elsewhere, paces
from ops.cost.month import Question, estimated
from ops.cost.per_event import UsageCost
from ops.cost.scenarios import outcomes, whole_way
from ops.cost.synthesis import synthesized
from ops.cost.templates import Template, sizes
from ops.terminal.output import console, emit, notes
from schemas.names import stack_name


def cost(stage: str, question: Question | None = None, *, as_json: bool = False) -> bool:
    """Synthesize a stage, and print what it costs: a million events by type, a month, and what stands there.

    Args:
        stage: its name.
        question: what is assumed, and the volume of a month; None: the defaults, and no volume.
        as_json: one JSON object a line.

    Raises:
        OperatorError: it cannot be synthesized, or there is no such type.
    """
    asked = question or Question()
    templates = templates_of(stage)
    usage = UsageCost(sizes(templates), asked.assumed, with_follow_ups=asked.with_follow_ups)
    estimate = estimated(asked, usage, fixed=fixed(templates, asked.assumed))
    (tell_lines if as_json else tell)(estimate, stage)
    return True


def scenarios(stage: str, assumed: Assumptions, *, as_json: bool = False) -> bool:
    """Synthesize a stage, and print what events cost by how they are sent and worked off.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    templates = templates_of(stage)
    of = sizes(templates)
    found = outcomes(of, assumed, fixed=fixed(templates, assumed))
    way = whole_way(of, assumed)
    if as_json:
        _emit([*sheets.scenario_lines(found), sheets.whole_way_line(way)])
        return True
    for sheet in (
        sheets.scenario_sheet(found, stage),
        sheets.share_sheet(found, stage),
        sheets.bill_sheet(way, stage),
    ):
        console.print(sheet.table())
    _tell(f"{assumed.message_bytes:,} bytes a message. {assumed.times}")
    return True


def limits(stage: str, assumed: Assumptions, *, as_json: bool = False) -> bool:
    """Synthesize a stage, and print what bounds its throughput, and what to raise first.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    of = sizes(templates_of(stage))
    own, found = paces(of, assumed), bounds(of, assumed)
    if as_json:
        _emit(sheets.limit_lines(own, [*found, *elsewhere()]))
        return True
    console.print(sheets.pace_sheet(own, stage).table())
    console.print(sheets.bound_sheet(found, stage).table())
    for line in sheets.raise_first(found):
        console.print(line, soft_wrap=True, markup=False)
    _tell(assumed.times)
    return True


def page() -> bool:
    """Write the tables of `docs/cost.md` anew.

    Raises:
        OperatorError: its stage cannot be synthesized, or the page lacks a table's place.
    """
    templates = templates_of(cost_page.STAGE)
    changed = cost_page.write(sizes(templates), fixed=fixed(templates, Assumptions()))
    console.print("[green]✓[/] docs/cost.md" + ("" if changed else ", up to date"))
    return True


def templates_of(stage: str) -> list[Template]:
    """Those of all stacks of a stage, synthesized here and now.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    with notes.status(f"Synthesize stage {stage} …"):
        folder = synthesized(stage)
    names = (stack_name(stage, part) for part in ("Messaging", "Processing", "Monitoring"))
    return [json.loads((folder / f"{name}.template.json").read_text()) for name in names]


def _tell(sentence: str) -> None:
    console.print(sentence, soft_wrap=True, markup=False, style="dim")


def _emit(lines: Iterable[Mapping[str, Any]]) -> None:
    for line in lines:
        emit(line)
