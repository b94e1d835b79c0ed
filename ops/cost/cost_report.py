"""How the bill is shown: in tables for people, in lines for pipes."""

from rich.table import Table

from ops.cost.bill import Price, Service
from ops.cost.month import Estimate
from ops.cost.tables import fixed_sheet
from ops.terminal.output import console, emit, notes

_MILLION = 1_000_000

_WIDE = 130
"""Characters of a line that has room for all services."""


def tell(estimate: Estimate, stage: str) -> None:
    """Print it for people."""
    console.print(_usage(estimate, stage))
    for sentence in assumptions(estimate):
        console.print(sentence, soft_wrap=True, markup=False, style="dim")
    console.print()
    console.print(fixed_sheet(estimate.fixed, stage).table())
    if any(row.volume for row in estimate.rows):
        console.print()
        console.print(_month(estimate, stage))
        console.print(_total(estimate), soft_wrap=True, markup=False)


def tell_lines(estimate: Estimate, stage: str) -> None:
    """Print it as JSON: a line for each type, one for each fixed item, and the month's."""
    for row in estimate.rows:
        emit(
            {
                "type": row.type_name,
                "by": row.way,
                "dollarsPerMillion": _rounded(row.price.dollars * _MILLION),
                "dollarsPerMillionAlone": _rounded(row.alone.dollars * _MILLION),
                "oursPerMillion": _rounded(row.price.ours * _MILLION),
                "services": {name: _rounded(dollars * _MILLION) for name, dollars in row.price.by_service.items()},
                "volume": row.volume,
            }
        )
    for item in estimate.fixed:
        emit({"fixed": item.what, "count": _rounded(item.count), "dollarsPerMonth": _rounded(item.dollars)})
    emit(
        {
            "stage": stage,
            "dollarsPerMonth": _rounded(estimate.fixed_dollars + estimate.usage_dollars),
            "dollarsPerMonthAlone": _rounded(estimate.fixed_dollars + estimate.usage_dollars_alone),
            "fixedDollarsPerMonth": _rounded(estimate.fixed_dollars),
        }
    )
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
    services = [each for each in Service if any(each in row.price.by_service for row in estimate.rows)]
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
