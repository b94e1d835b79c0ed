"""Prints cost and limits of a stage, computed from its synthesized templates."""

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
from ops.cost.limits import bounds, throughputs, type_specific_bounds
from ops.cost.month import CostQuery, Estimate, estimated
from ops.cost.per_event import UsageCost
from ops.cost.scenarios import delivered_email, end_to_end, scenario_costs
from ops.cost.templates import Template, read_sizes, synthesized
from ops.cost.webhooks import dead_endpoint_costs, webhook_costs
from ops.terminal.output import console, notes, show
from schemas.names import MESSAGING, MONITORING, PROCESSING, stack_name

_MILLION = 1_000_000

_WIDE = 130
"""Terminal width in characters from which the table shows a column for each service."""


def cost(stage: str, query: CostQuery | None = None) -> bool:
    """Synthesize a stage and print the price of a million events by type, the fixed cost, and a month.

    Args:
        stage: the stage's name.
        query: assumptions and monthly volumes; None: the defaults and no volume.

    Raises:
        OperatorError: the stage cannot be synthesized.
    """
    given = query or CostQuery()
    templates = templates_of(stage)
    usage = UsageCost(read_sizes(templates), given.assumed, with_follow_ups=given.with_follow_ups)
    estimate = estimated(given, usage, fixed=fixed(templates, given.assumed))
    show(text(estimate, stage), records(estimate, stage))
    return True


def scenarios(stage: str, assumed: Assumptions) -> bool:
    """Synthesize a stage and print the cost of all scenarios and the end-to-end price.

    Raises:
        OperatorError: the stage cannot be synthesized.
    """
    templates = templates_of(stage)
    sizes = read_sizes(templates)
    costs = scenario_costs(sizes, assumed, fixed=fixed(templates, assumed))
    price = end_to_end(sizes, assumed)
    email = delivered_email(sizes, assumed)
    webhooks, dead = webhook_costs(sizes, assumed), dead_endpoint_costs(sizes, assumed)
    show(
        [
            tables.scenario_sheet(costs, stage).table(),
            tables.share_sheet(costs, stage).table(),
            tables.bill_sheet(price, stage).table(),
            tables.delivered_email_sheet(email, stage).table(),
            tables.webhook_sheet(webhooks, stage).table(),
            tables.dead_endpoint_sheet(dead, stage).table(),
            Text(f"{assumed.message_bytes:,} bytes a message. {assumed.durations}", "dim"),
        ],
        [
            *tables.scenario_lines(costs),
            tables.end_to_end_line(price),
            *tables.delivered_email_lines(email),
            *tables.webhook_lines(webhooks, dead),
        ],
    )
    return True


def limits(stage: str, assumed: Assumptions) -> bool:
    """Synthesize a stage and print each function's throughput, the bounds, and which of them to raise first.

    Raises:
        OperatorError: the stage cannot be synthesized.
    """
    sizes = read_sizes(templates_of(stage))
    by_function, found = throughputs(sizes, assumed), bounds(sizes, assumed)
    show(
        [
            tables.throughput_sheet(by_function, stage).table(),
            tables.bound_sheet(found, stage).table(),
            *tables.raise_first(found),
            Text(assumed.durations, "dim"),
        ],
        tables.limit_lines(by_function, [*found, *type_specific_bounds(sizes)]),
    )
    return True


def page() -> bool:
    """Write the generated tables of `docs/cost.md`.

    Raises:
        OperatorError: the stage cannot be synthesized, or the page lacks the marks of a table.
    """
    templates = templates_of(tables.STAGE)
    changed = tables.write(read_sizes(templates), fixed=fixed(templates, Assumptions()))
    console.print("[green]✓[/] docs/cost.md" + ("" if changed else ", up to date"))
    return True


def templates_of(stage: str) -> list[Template]:
    """Synthesize a stage and read the templates of all its stacks.

    Raises:
        OperatorError: the stage cannot be synthesized.
    """
    with notes.status(f"Synthesize stage {stage} …"):
        folder = synthesized(stage)
    names = (stack_name(stage, part) for part in (MESSAGING, PROCESSING, MONITORING))
    return [json.loads((folder / f"{name}.template.json").read_text(encoding="utf-8")) for name in names]


def text(estimate: Estimate, stage: str) -> Iterator[RenderableType]:
    """Yield an estimate as tables and sentences, for a terminal."""
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
    """Yield an estimate as JSON records: one for each type, one for each fixed item, and one for the month."""
    for row in estimate.rows:
        yield {
            "type": row.type_name,
            "by": row.entry_point,
            "dollars_per_million": _rounded(row.price.dollars * _MILLION),
            "dollars_per_million_alone": _rounded(row.unbatched.dollars * _MILLION),
            "ours_per_million": _rounded(row.price.without_waiting * _MILLION),
            "services": {name: _rounded(dollars * _MILLION) for name, dollars in row.price.by_service.items()},
            "volume": row.volume,
        }
    for item in estimate.fixed:
        yield {"fixed": item.label, "count": _rounded(item.count), "dollars_per_month": _rounded(item.dollars)}
    yield {
        "stage": stage,
        "dollars_per_month": _rounded(estimate.fixed_dollars + estimate.usage_dollars),
        "dollars_per_month_alone": _rounded(estimate.fixed_dollars + estimate.usage_dollars_unbatched),
        "fixed_dollars_per_month": _rounded(estimate.fixed_dollars),
    }
    for sentence in assumptions(estimate):
        notes.print(sentence, soft_wrap=True, markup=False)


def assumptions(estimate: Estimate) -> list[str]:
    """Return the assumptions of an estimate as sentences."""
    assumed = estimate.query.assumed
    follow_ups = "with one follow-up of each declared type" if estimate.query.with_follow_ups else "without follow-ups"
    end_to_end_price = (
        f"End to end, {follow_ups}: sent to the {assumed.entry_point}, {assumed.send_batch} per request, "
        f"{assumed.message_bytes:,} bytes each, batches {assumed.batch_fill:.0%} full. {assumed.durations}"
    )
    exclusions = (
        "`unbatched`: each batch has one message, as at a rate below about one a second. Not included: retries, cold "
        "starts, the free tier, and the side effect itself (SES charges $100 a million)."
    )
    return [end_to_end_price, exclusions]


def _usage(estimate: Estimate, stage: str) -> Table:
    """Create the table by type: all services if the terminal is wide, else the two most expensive."""
    wide = console.width >= _WIDE
    services = [each for each in AwsService if any(each in row.price.by_service for row in estimate.rows)]
    table = Table(title=f"Stage {stage}, dollars a million events (us-east-1)", title_justify="left")
    table.add_column("type", no_wrap=True)
    table.add_column("$/million", justify="right", style="bold", no_wrap=True)
    table.add_column("unbatched", justify="right", no_wrap=True)
    for heading in (*services, "sent to") if wide else ("main services",):
        table.add_column(heading, justify="right" if heading in services else "left")
    for row in estimate.rows:
        dollars = [f"{each * _MILLION:.2f}" if each else "" for each in map(row.price.of, services)]
        table.add_row(
            row.type_name,
            f"{row.price.dollars * _MILLION:.2f}",
            f"{row.unbatched.dollars * _MILLION:.2f}",
            *((*dollars, row.entry_point) if wide else (_main_services(row.price),)),
        )
    return table


def _main_services(price: Price) -> str:
    largest = sorted(price.by_service.items(), key=lambda each: -each[1])[:2]
    return " ".join(f"{service} {100 * dollars / price.dollars:.0f}%" for service, dollars in largest)


def _month(estimate: Estimate, stage: str) -> Table:
    table = Table(title=f"Stage {stage}, a month at this volume", title_justify="left", show_footer=True)
    table.add_column("type", "total", no_wrap=True)
    table.add_column("events", f"{sum(row.volume for row in estimate.rows):,.0f}", justify="right")
    table.add_column("dollars", f"{estimate.usage_dollars:.2f}", justify="right")
    table.add_column("unbatched", f"{estimate.usage_dollars_unbatched:.2f}", justify="right")
    for row in estimate.rows:
        if row.volume:
            dollars, unbatched = (price.dollars * row.volume for price in (row.price, row.unbatched))
            table.add_row(row.type_name, f"{row.volume:,.0f}", f"{dollars:.2f}", f"{unbatched:.2f}")
    return table


def _total(estimate: Estimate) -> str:
    low, high = (estimate.fixed_dollars + usage for usage in (estimate.usage_dollars, estimate.usage_dollars_unbatched))
    return f"With the fixed cost: ${low:.2f} a month, ${high:.2f} if every batch has one message."


def _rounded(figure: float) -> float:
    return round(figure, 6)
