"""`cost` and `limits`: what a stage costs and how far it goes, read in its synthesized templates."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ops.cost import tables
from ops.cost.assumptions import Assumptions
from ops.cost.bill import AwsService, Price
from ops.cost.fixed import fixed
from ops.cost.limits import bounds, elsewhere, paces
from ops.cost.month import Estimate, Question, estimated
from ops.cost.per_event import UsageCost
from ops.cost.scenarios import outcomes, whole_way
from ops.cost.templates import Template, sizes, synthesized
from ops.terminal.output import console, notes, show
from schemas.names import stack_name

_MILLION = 1_000_000

_WIDE = 130
"""Characters of a line that has room for all services."""


def cost(stage: str, question: Question | None = None) -> bool:
    """Synthesize a stage, and print what it costs: a million events by type, a month, and what stands there.

    Args:
        stage: its name.
        question: what is assumed, and the volume of a month; None: the defaults, and no volume.

    Raises:
        OperatorError: it cannot be synthesized, or there is no such type.
    """
    asked = question or Question()
    templates = templates_of(stage)
    usage = UsageCost(sizes(templates), asked.assumed, with_follow_ups=asked.with_follow_ups)
    estimate = estimated(asked, usage, fixed=fixed(templates, asked.assumed))
    show(text(estimate, stage), records(estimate, stage))
    return True


def scenarios(stage: str, assumed: Assumptions) -> bool:
    """Synthesize a stage, and print what events cost by how they are sent and worked off.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    templates = templates_of(stage)
    of = sizes(templates)
    found = outcomes(of, assumed, fixed=fixed(templates, assumed))
    way = whole_way(of, assumed)
    show(
        [
            tables.scenario_sheet(found, stage).table(),
            tables.share_sheet(found, stage).table(),
            tables.bill_sheet(way, stage).table(),
            Text(f"{assumed.message_bytes:,} bytes a message. {assumed.times}", "dim"),
        ],
        [*tables.scenario_lines(found), tables.whole_way_line(way)],
    )
    return True


def limits(stage: str, assumed: Assumptions) -> bool:
    """Synthesize a stage, and print what bounds its throughput, and what to raise first.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    of = sizes(templates_of(stage))
    own, found = paces(of, assumed), bounds(of, assumed)
    show(
        [
            tables.pace_sheet(own, stage).table(),
            tables.bound_sheet(found, stage).table(),
            *tables.raise_first(found),
            Text(assumed.times, "dim"),
        ],
        tables.limit_lines(own, [*found, *elsewhere()]),
    )
    return True


def page() -> bool:
    """Write the tables of `docs/cost.md` anew.

    Raises:
        OperatorError: its stage cannot be synthesized, or the page lacks a table's place.
    """
    templates = templates_of(tables.STAGE)
    changed = tables.write(sizes(templates), fixed=fixed(templates, Assumptions()))
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


def text(estimate: Estimate, stage: str) -> Iterator[RenderableType]:
    """The estimate for a terminal."""
    yield _usage(estimate, stage)
    for sentence in assumptions(estimate):
        yield Text(sentence, "dim")
    yield ""
    yield tables.fixed_sheet(estimate.fixed, stage).table()
    if any(row.volume for row in estimate.rows):
        yield ""
        yield _month(estimate, stage)
        yield _total(estimate)


def records(estimate: Estimate, stage: str) -> Iterator[Mapping[str, Any]]:
    """The estimate for a pipe: an object for each type, one for each fixed item, and the month's."""
    for row in estimate.rows:
        yield {
            "type": row.type_name,
            "by": row.way,
            "dollars_per_million": _rounded(row.price.dollars * _MILLION),
            "dollars_per_million_alone": _rounded(row.alone.dollars * _MILLION),
            "ours_per_million": _rounded(row.price.ours * _MILLION),
            "services": {name: _rounded(dollars * _MILLION) for name, dollars in row.price.by_service.items()},
            "volume": row.volume,
        }
    for item in estimate.fixed:
        yield {"fixed": item.what, "count": _rounded(item.count), "dollars_per_month": _rounded(item.dollars)}
    yield {
        "stage": stage,
        "dollars_per_month": _rounded(estimate.fixed_dollars + estimate.usage_dollars),
        "dollars_per_month_alone": _rounded(estimate.fixed_dollars + estimate.usage_dollars_alone),
        "fixed_dollars_per_month": _rounded(estimate.fixed_dollars),
    }
    for sentence in assumptions(estimate):
        notes.print(sentence, soft_wrap=True, markup=False)


def assumptions(estimate: Estimate) -> list[str]:
    """In words."""
    assumed = estimate.question.assumed
    follow_ups = "with one follow-up of each declared type" if estimate.question.with_follow_ups else "follow-ups apart"
    whole_way = (
        f"Whole way, {follow_ups}: sent by the {assumed.by} {assumed.send_batch} at a time, "
        f"{assumed.message_bytes:,} bytes each, batches {assumed.batch_fill:.0%} full. {assumed.times}"
    )
    bounds = (
        "`alone`: each batch has one message, as when less than about one a second comes. No retries, no cold starts, "
        "no free tier. What the side effect itself costs (SES asks $100 a million) is not counted."
    )
    return [whole_way, bounds]


def _usage(estimate: Estimate, stage: str) -> Table:
    """Every service's dollars where there is room for them, else the two that ask most."""
    wide = console.width >= _WIDE
    services = [each for each in AwsService if any(each in row.price.by_service for row in estimate.rows)]
    table = Table(title=f"Stage {stage}, dollars a million events (us-east-1)", title_justify="left")
    table.add_column("type", no_wrap=True)
    table.add_column("$/million", justify="right", style="bold", no_wrap=True)
    table.add_column("alone", justify="right", no_wrap=True)
    for heading in (*services, "by") if wide else ("mostly for",):
        table.add_column(heading, justify="right" if heading in services else "left")
    for row in estimate.rows:
        shares = [f"{dollars * _MILLION:.2f}" if dollars else "" for dollars in map(row.price.of, services)]
        table.add_row(
            row.type_name,
            f"{row.price.dollars * _MILLION:.2f}",
            f"{row.alone.dollars * _MILLION:.2f}",
            *((*shares, row.way) if wide else (_mostly(row.price),)),
        )
    return table


def _mostly(price: Price) -> str:
    largest = sorted(price.by_service.items(), key=lambda each: -each[1])[:2]
    return " ".join(f"{service} {100 * dollars / price.dollars:.0f}%" for service, dollars in largest)


def _month(estimate: Estimate, stage: str) -> Table:
    table = Table(title=f"Stage {stage}, a month at this volume", title_justify="left", show_footer=True)
    table.add_column("type", "in all", no_wrap=True)
    table.add_column("events", f"{sum(row.volume for row in estimate.rows):,.0f}", justify="right")
    table.add_column("dollars", f"{estimate.usage_dollars:.2f}", justify="right")
    table.add_column("alone", f"{estimate.usage_dollars_alone:.2f}", justify="right")
    for row in estimate.rows:
        if row.volume:
            dollars, alone = (price.dollars * row.volume for price in (row.price, row.alone))
            table.add_row(row.type_name, f"{row.volume:,.0f}", f"{dollars:.2f}", f"{alone:.2f}")
    return table


def _total(estimate: Estimate) -> str:
    low, high = (estimate.fixed_dollars + usage for usage in (estimate.usage_dollars, estimate.usage_dollars_alone))
    return f"With what stands there: ${low:.2f} a month, ${high:.2f} if every batch has one message."


def _rounded(figure: float) -> float:
    return round(figure, 6)
