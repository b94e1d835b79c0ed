"""Tables of scenarios and limits, for the terminal and docs/cost.md, and the same data as JSON records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.cost.assumptions import Assumptions
from ops.cost.bill import REQUESTS, STORAGE_AND_TRACES, AwsService, Item, Price, Purpose
from ops.cost.limits import RATES, Bound, Throughput, bounds, exceeded, throughputs, type_specific_bounds
from ops.cost.scenarios import VOLUMES, Scenario, ScenarioCost, delivered_email, end_to_end, scenario_costs
from ops.cost.templates import Sizes
from ops.cost.webhooks import DeadEndpointCost, WebhookCost, dead_endpoint_costs, webhook_costs
from ops.terminal.checkout import ROOT
from ops.terminal.tables import Sheet, written_anew

PAGE = ROOT / "docs" / "cost.md"

STAGE = "prod"
"""The stage that the page shows."""

_MILLION = 1_000_000

_EXCEEDED = "▲"
"""Marks values above the limit."""


def scenario_sheet(costs: Iterable[ScenarioCost], stage: str) -> Sheet:
    """Create the table of scenarios: price of a million events, and monthly costs."""
    rows = [
        (
            *_scenario_cells(each.scenario),
            _per_million(each.price.dollars),
            _per_million(each.price.without_waiting),
            *(f"{month:,.0f}" for month in each.months),
        )
        for each in costs
    ]
    months = [f"{volume // _MILLION} M" for volume in VOLUMES]
    return Sheet(
        title=f"Stage {stage}, dollars a million events, and dollars a month with the fixed cost",
        headings=("event", "sent to", "batch size", "$/million", "without wait", *months),
        rows=rows,
        words=2,
    )


def share_sheet(costs: Iterable[ScenarioCost], stage: str) -> Sheet:
    """Create the table of each AWS service's share in the scenarios' prices."""
    found = list(costs)
    services = [each for each in AwsService if any(each in cost.price.by_service for cost in found)]
    rows = [
        (*_scenario_cells(each.scenario), *(_share(each.price.of(service), each.price.dollars) for service in services))
        for each in found
    ]
    return Sheet(
        title=f"Stage {stage}, share of each service",
        headings=("event", "sent to", "batch size", *services),
        rows=rows,
        words=2,
    )


def bill_sheet(price: Price, stage: str) -> Sheet:
    """Create the table of one event's price by purpose, largest first, with totals below."""
    parts = sorted(price.by_purpose.items(), key=lambda part: -part[1])
    rows = [(each.label, str(each.service), _per_million(part), _share(part, price.dollars)) for each, part in parts]
    rows.append(("total", "", _per_million(price.dollars), ""))
    for label, dollars in (
        ("total without the wait for the called service", price.without_waiting),
        ("total also without storage and traces", price.without(Purpose.WAITING, *STORAGE_AND_TRACES)),
        ("requests and writes only", sum(price.by_purpose.get(each, 0.0) for each in REQUESTS)),
    ):
        rows.append((label, "", _per_million(dollars), _share(dollars, price.dollars)))
    return Sheet(
        title=f"Stage {stage}, end to end: ingress, ten per request; bus; one job",
        headings=("purpose", "service", "$/million", "share"),
        rows=rows,
        words=2,
    )


def delivered_email_sheet(prices: Mapping[str, Price], stage: str) -> Sheet:
    """Create the table of the messages of an email that is delivered."""
    rows = [(name, _per_million(price.dollars), _per_million(price.without_waiting)) for name, price in prices.items()]
    total = sum(price.dollars for price in prices.values())
    rows.append(("total", _per_million(total), _per_million(sum(price.without_waiting for price in prices.values()))))
    return Sheet(
        title=f"Stage {stage}, a million emails that are delivered, from the bus on",
        headings=("message", "$/million", "without wait"),
        rows=rows,
    )


def webhook_sheet(costs: Iterable[WebhookCost], stage: str) -> Sheet:
    """Create the table of webhooks by what their endpoint does."""
    rows = [(each.label, f"{each.tries:,}", f"{each.rounds:,}", _per_million(each.dollars)) for each in costs]
    return Sheet(
        title=f"Stage {stage}, a million webhooks, from the bus on",
        headings=("webhook", "tries", "rounds of 15 minutes", "$/million"),
        rows=rows,
    )


def dead_endpoint_sheet(costs: Iterable[DeadEndpointCost], stage: str) -> Sheet:
    """Create the table of an endpoint that does not work, until it is disabled."""
    rows = [(f"{each.webhooks_a_day:,} webhooks a day", f"{each.rounds:,.0f}", f"{each.dollars:.2f}") for each in costs]
    return Sheet(
        title=f"Stage {stage}, an endpoint that does not work, until it is disabled",
        headings=("endpoint", "rounds", "dollars"),
        rows=rows,
    )


def fixed_sheet(items: Sequence[Item], stage: str) -> Sheet:
    """Create the table of fixed costs."""
    rows = [(item.label, f"{item.count:,.0f}", _unit_price(item.price), f"{item.dollars:.2f}") for item in items]
    rows.append(("total", "", "", f"{sum(item.dollars for item in items):.2f}"))
    return Sheet(
        title=f"Stage {stage}, fixed cost, dollars a month",
        headings=("item", "number", "each", "a month"),
        rows=rows,
    )


def throughput_sheet(found: Iterable[Throughput], stage: str) -> Sheet:
    """Create the table of each function's maximum throughput."""
    rows = [
        (
            each.name,
            f"{each.concurrency:,}",
            f"{each.records:g}",
            f"{each.batch.seconds:.2f}",
            f"{each.rate:,.0f}",
            f"{each.full_after:.0f} s",
        )
        for each in found
    ]
    return Sheet(
        title=f"Stage {stage}, maximum throughput of each function",
        headings=("function", "concurrency", "batch size", "seconds a batch", "events/s", "reached after"),
        rows=rows,
    )


def bound_sheet(found: Iterable[Bound], stage: str) -> Sheet:
    """Create the table of end-to-end bounds, with what each of `RATES` needs."""
    rows = [
        (
            each.name,
            f"{each.limit:,.0f} {each.unit}",
            f"{each.rate:,.0f}",
            *(f"{_EXCEEDED if each.is_exceeded(rate) else ''}{each.needed(rate):,.0f}" for rate in RATES),
        )
        for each in found
    ]
    return Sheet(
        title=f"Stage {stage}, bounds end to end, and what each rate needs; {_EXCEEDED} is above the limit",
        headings=("bound", "limit", "events/s", *(f"at {rate:,}/s" for rate in RATES)),
        rows=rows,
        words=2,
    )


def quota_sheet(found: Iterable[Bound]) -> Sheet:
    """Create the table of AWS quotas with their sources."""
    rows = [(each.name, f"{each.limit:,.0f} {each.unit}", each.source, each.remedy) for each in found]
    return Sheet(
        title="AWS quotas",
        headings=("quota", "default", "AWS page", "if it is too low"),
        rows=rows,
        words=4,
    )


def raise_first(found: Sequence[Bound]) -> Iterator[str]:
    """Yield lines that say, for each of `RATES`, which bounds to raise, lowest first."""
    for rate in RATES:
        too_low = list(exceeded(found, rate))
        yield f"At {rate:,} events a second" + (":" if too_low else ", no limit is exceeded.")
        for number, bound in enumerate(too_low, 1):
            yield f"{number}. {bound.name}: {bound.limit:,.0f} → {bound.raised_to(rate):,.0f}; {bound.remedy}."


def scenario_lines(costs: Iterable[ScenarioCost]) -> Iterator[dict[str, Any]]:
    """Yield each scenario as a JSON record."""
    for each in costs:
        yield {
            "scenario": each.scenario.label,
            "type": each.scenario.event_type.name,
            "by": each.scenario.entry_point,
            "send_batch": each.scenario.send_batch,
            "batch": each.scenario.batch,
            "follow_ups": each.scenario.with_follow_ups,
            **_price_record(each.price),
            "dollars_per_month": {
                str(volume): round(month, 2) for volume, month in zip(VOLUMES, each.months, strict=True)
            },
        }


def end_to_end_line(price: Price) -> dict[str, Any]:
    """Return the end-to-end price as a JSON record."""
    purposes = {each.label: _rounded(dollars) for each, dollars in price.by_purpose.items()}
    return {"scenario": "end to end", **_price_record(price), "purposes": purposes}


def delivered_email_lines(prices: Mapping[str, Price]) -> Iterator[dict[str, Any]]:
    """Yield each message of an email that is delivered as a JSON record."""
    return ({"scenario": "delivered email", "type": name, **_price_record(each)} for name, each in prices.items())


def webhook_lines(costs: Iterable[WebhookCost], dead: Iterable[DeadEndpointCost]) -> Iterator[dict[str, Any]]:
    """Yield the costs of webhooks that their endpoint does not take as JSON records."""
    for each in costs:
        yield {
            "scenario": f"webhook, {each.label}",
            "tries": each.tries,
            "rounds": each.rounds,
            "dollars_per_million": _rounded(each.dollars),
        }
    for endpoint in dead:
        yield {
            "scenario": "an endpoint that does not work, until it is disabled",
            "webhooks_per_day": endpoint.webhooks_a_day,
            "rounds": round(endpoint.rounds),
            "dollars": round(endpoint.dollars, 2),
        }


def limit_lines(found: Iterable[Throughput], bounding: Iterable[Bound]) -> Iterator[dict[str, Any]]:
    """Yield each function and each bound as a JSON record."""
    for each in found:
        yield {
            "function": each.name,
            "max_concurrency": each.concurrency,
            "batch": each.records,
            "batch_seconds": round(each.batch.seconds, 3),
            "events_per_second": round(each.rate, 1),
        }
    for bound in bounding:
        yield {
            "bound": bound.name,
            "limit": bound.limit,
            "unit": bound.unit,
            "events_per_second": round(bound.rate, 1),
            "needed": {str(rate): round(bound.needed(rate), 1) for rate in RATES},
            "source": bound.source,
            "way_out": bound.remedy,
        }


def blocks(sizes: Sizes, *, fixed: Sequence[Item]) -> dict[str, str]:
    """Create the generated blocks of the page by name, with the default assumptions."""
    assumed = Assumptions()
    costs = scenario_costs(sizes, assumed, fixed=fixed)
    bounding = bounds(sizes, assumed)
    quotas = [bound for bound in (*bounding, *type_specific_bounds(sizes)) if bound.is_aws]
    sheets: dict[str, Sheet] = {
        "scenarios": scenario_sheet(costs, STAGE),
        "shares": share_sheet(costs, STAGE),
        "end-to-end": bill_sheet(end_to_end(sizes), STAGE),
        "delivered-email": delivered_email_sheet(delivered_email(sizes, assumed), STAGE),
        "webhooks": webhook_sheet(webhook_costs(sizes, assumed), STAGE),
        "dead-endpoint": dead_endpoint_sheet(dead_endpoint_costs(sizes, assumed), STAGE),
        "fixed": fixed_sheet(fixed, STAGE),
        "throughput": throughput_sheet(throughputs(sizes, assumed), STAGE),
        "bounds": bound_sheet(bounding, STAGE),
        "quotas": quota_sheet(quotas),
    }
    raised = _list(raise_first(bounding))
    return {name: sheet.markdown() for name, sheet in sheets.items()} | {"raise-first": raised}


def write(sizes: Sizes, *, fixed: Sequence[Item], page: Path = PAGE) -> bool:
    """Write the generated blocks of the page; return whether the page changed."""
    before = page.read_text(encoding="utf-8")
    after = written_anew(before, blocks(sizes, fixed=fixed), name="docs/cost.md")
    page.write_text(after, encoding="utf-8")
    return after != before


def _scenario_cells(scenario: Scenario) -> tuple[str, str, str]:
    return scenario.label, scenario.sent, str(scenario.batch or "as configured")


def _price_record(price: Price) -> dict[str, Any]:
    return {
        "dollars_per_million": _rounded(price.dollars),
        "ours_per_million": _rounded(price.without_waiting),
        "services": {service: _rounded(dollars) for service, dollars in price.by_service.items()},
    }


def _unit_price(price: float) -> str:
    return f"{price:.7f}".rstrip("0").rstrip(".")


def _per_million(dollars: float) -> str:
    return f"{dollars * _MILLION:.2f}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if part else ""


def _rounded(dollars: float) -> float:
    return round(dollars * _MILLION, 6)


def _list(lines: Iterable[str]) -> str:
    """Join lines to Markdown: numbered lines form lists, other lines are paragraphs."""
    return "".join(line + "\n" if line[0].isdigit() else f"\n{line}\n\n" for line in lines).lstrip("\n")
