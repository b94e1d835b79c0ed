"""The tables of scenarios, limits and levers: for a terminal, for docs/cost.md, and as records for pipes."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ops.checkout import ROOT
from ops.cost.assumptions import Assumptions
from ops.cost.bill import KEPT, REQUESTS, AwsService, Item, Price, Purpose
from ops.cost.levers import Lever, left, taken
from ops.cost.limits import RATES, Bound, Throughput, bounds, elsewhere, paces, raised_first
from ops.cost.scenarios import VOLUMES, Scenario, ScenarioCost, outcomes, whole_way
from ops.cost.templates import Sizes
from ops.terminal.tables import Sheet, written_anew

PAGE = ROOT / "docs" / "cost.md"

STAGE = "prod"
"""Whose templates the page shows."""

_MILLION = 1_000_000

_SHORT = "▲"
"""Marks what an account does not have by default."""


def scenario_sheet(found: Iterable[ScenarioCost], stage: str) -> Sheet:
    """What a million costs, and months of them."""
    rows = [
        (
            *_named(each.scenario),
            _dollars(each.price.dollars),
            _dollars(each.price.ours),
            *(f"{month:,.0f}" for month in each.months),
        )
        for each in found
    ]
    months = [f"{volume // _MILLION} M" for volume in VOLUMES]
    return Sheet(
        title=f"Stage {stage}, dollars a million events, and a month with all that stands there",
        headings=("each event is", "sent by", "batches", "$/million", "ours", *months),
        rows=rows,
        words=2,
    )


def share_sheet(found: Iterable[ScenarioCost], stage: str) -> Sheet:
    """Who gets how much of it."""
    outcomes = list(found)
    services = [each for each in AwsService if any(each in outcome.price.by_service for outcome in outcomes)]
    rows = [
        (*_named(each.scenario), *(_share(each.price.of(service), each.price.dollars) for service in services))
        for each in outcomes
    ]
    return Sheet(
        title=f"Stage {stage}, share of each service",
        headings=("each event is", "sent by", "batches", *services),
        rows=rows,
        words=2,
    )


def bill_sheet(price: Price, stage: str) -> Sheet:
    """One event's bill, the largest first: what the whole way costs, and for what."""
    parts = sorted(price.by_purpose.items(), key=lambda part: -part[1])
    rows = [(each.words, str(each.service), _dollars(part), _share(part, price.dollars)) for each, part in parts]
    rows.append(("in all", "", _dollars(price.dollars), ""))
    for words, dollars in (
        ("of it ours: without the wait for the other side", price.ours),
        ("of that without what is kept and traced", price.without(Purpose.OTHER_SIDE, *KEPT)),
        ("of that requests alone", sum(price.by_purpose.get(each, 0.0) for each in REQUESTS)),
    ):
        rows.append((words, "", _dollars(dollars), _share(dollars, price.dollars)))
    return Sheet(
        title=f"Stage {stage}, the whole way: sent to the ingress by ten, bus, one guarded job",
        headings=("for", "to", "$/million", "share"),
        rows=rows,
        words=2,
    )


def fixed_sheet(items: Sequence[Item], stage: str) -> Sheet:
    """What stands there costs, whatever happens."""
    rows = [(item.what, f"{item.count:,.0f}", _each(item.price), f"{item.dollars:.2f}") for item in items]
    rows.append(("in all", "", "", f"{sum(item.dollars for item in items):.2f}"))
    return Sheet(
        title=f"Stage {stage}, dollars a month, whatever happens",
        headings=("what", "number", "each", "a month"),
        rows=rows,
    )


def pace_sheet(found: Iterable[Throughput], stage: str) -> Sheet:
    """What our own settings bound: each function's."""
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
        title=f"Stage {stage}, how fast each function works its queue off, at most",
        headings=("function", "at a time", "batch", "seconds", "events/s", "full after"),
        rows=rows,
    )


def bound_sheet(found: Iterable[Bound], stage: str) -> Sheet:
    """What bounds the whole way, the least first, and what rates need of it."""
    rows = [
        (
            each.name,
            f"{each.limit:,.0f} {each.unit}",
            f"{each.rate:,.0f}",
            *(f"{_SHORT if each.is_short(rate) else ''}{each.needed(rate):,.0f}" for rate in RATES),
        )
        for each in found
    ]
    return Sheet(
        title=f"Stage {stage}, what bounds the whole way, and what it needs; {_SHORT} is more than there is",
        headings=("bound", "there is", "events/s", *(f"at {rate:,}/s" for rate in RATES)),
        rows=rows,
        words=2,
    )


def source_sheet(found: Iterable[Bound]) -> Sheet:
    """Where each of AWS's quotas stands."""
    rows = [(each.name, f"{each.limit:,.0f} {each.unit}", each.source, each.way_out) for each in found]
    return Sheet(
        title="Where they stand",
        headings=("quota", "default", "AWS's page", "where it is too small"),
        rows=rows,
        words=4,
    )


def raise_first(found: Sequence[Bound]) -> Iterator[str]:
    """In words: for each rate, what to raise, in the order in which it is met."""
    for rate in RATES:
        short = list(raised_first(found, rate))
        yield f"At {rate:,} events a second" + (":" if short else " nothing is in the way.")
        for number, bound in enumerate(short, 1):
            yield f"{number}. {bound.name}: {bound.limit:,.0f} → {bound.raised_to(rate):,.0f}; {bound.way_out}."


def lever_sheet(found: Iterable[Lever], title: str, heading: str) -> Sheet:
    """Levers, the one that is worth most first."""
    ordered = sorted(found, key=lambda lever: -lever.dollars)
    rows = [(each.what, each.why, f"{each.dollars:.2f}") for each in ordered]
    return Sheet(title=title, headings=("lever", "because", heading), rows=rows, words=2)


def scenario_lines(found: Iterable[ScenarioCost]) -> Iterator[dict[str, Any]]:
    """Each scenario as a record."""
    for each in found:
        yield {
            "scenario": each.scenario.what,
            "type": each.scenario.event_type.name,
            "by": each.scenario.by,
            "send_batch": each.scenario.send_batch,
            "batch": each.scenario.batch,
            "follow_ups": each.scenario.with_follow_ups,
            **_price_record(each.price),
            "dollars_per_month": {
                str(volume): round(month, 2) for volume, month in zip(VOLUMES, each.months, strict=True)
            },
        }


def whole_way_line(price: Price) -> dict[str, Any]:
    """The whole way as a record."""
    purposes = {each.words: _rounded(dollars) for each, dollars in price.by_purpose.items()}
    return {"scenario": "whole way", **_price_record(price), "purposes": purposes}


def limit_lines(found_paces: Iterable[Throughput], found_bounds: Iterable[Bound]) -> Iterator[dict[str, Any]]:
    """Each function and each bound as a record."""
    for pace in found_paces:
        yield {
            "function": pace.name,
            "max_concurrency": pace.concurrency,
            "batch": pace.records,
            "batch_seconds": round(pace.batch.seconds, 3),
            "events_per_second": round(pace.rate, 1),
        }
    for bound in found_bounds:
        yield {
            "bound": bound.name,
            "limit": bound.limit,
            "unit": bound.unit,
            "events_per_second": round(bound.rate, 1),
            "needed": {str(rate): round(bound.needed(rate), 1) for rate in RATES},
            "source": bound.source,
            "way_out": bound.way_out,
        }


def blocks(of: Sizes, *, fixed: Sequence[Item]) -> dict[str, str]:
    """What stands between the marks, by their names, all by the default assumptions."""
    assumed = Assumptions()
    found = outcomes(of, assumed, fixed=fixed)
    bounding = bounds(of, assumed)
    quotas = [bound for bound in bounding if bound.is_aws] + elsewhere()
    made: dict[str, Sheet] = {
        "scenarios": scenario_sheet(found, STAGE),
        "shares": share_sheet(found, STAGE),
        "whole-way": bill_sheet(whole_way(of), STAGE),
        "fixed": fixed_sheet(fixed, STAGE),
        "taken": lever_sheet(taken(of, assumed), "Levers that were taken", "$/million saved"),
        "left": lever_sheet(left(of, assumed), "Levers that were left", "$/million to save"),
        "paces": pace_sheet(paces(of, assumed), STAGE),
        "bounds": bound_sheet(bounding, STAGE),
        "quotas": source_sheet(quotas),
    }
    raised = _list(raise_first(bounding))
    return {name: sheet.markdown() for name, sheet in made.items()} | {"raise-first": raised}


def write(of: Sizes, *, fixed: Sequence[Item], page: Path = PAGE) -> bool:
    """Write the tables of the page anew; whether any was other."""
    before = page.read_text()
    after = written_anew(before, blocks(of, fixed=fixed), name="docs/cost.md")
    page.write_text(after)
    return after != before


def _named(scenario: Scenario) -> tuple[str, str, str]:
    return scenario.what, scenario.sent, str(scenario.batch or "as set")


def _price_record(price: Price) -> dict[str, Any]:
    return {
        "dollars_per_million": _rounded(price.dollars),
        "ours_per_million": _rounded(price.ours),
        "services": {service: _rounded(dollars) for service, dollars in price.by_service.items()},
    }


def _each(price: float) -> str:
    return f"{price:.7f}".rstrip("0").rstrip(".")


def _dollars(of_one: float) -> str:
    return f"{of_one * _MILLION:.2f}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if part else ""


def _rounded(of_one: float) -> float:
    return round(of_one * _MILLION, 6)


def _list(lines: Iterable[str]) -> str:
    """Numbered lines stay a list; those that begin one stand apart."""
    return "".join(line + "\n" if line[0].isdigit() else f"\n{line}\n\n" for line in lines).lstrip("\n")
