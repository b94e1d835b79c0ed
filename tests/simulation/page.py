"""The tables of scenarios in `docs/reliability.md`."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from ops.terminal.checkout import ROOT
from ops.terminal.tables import Sheet
from ops.terminal.times import span
from tests.simulation.figures import Figures, Waits
from tests.simulation.scenarios import TABLES
from tests.simulation.scenarios.endpoints import ENDPOINTS
from tests.simulation.scenarios.scenario import Scenario
from tests.simulation.svix import by_svix

PAGE = ROOT / "docs" / "reliability.md"

_Columns = Mapping[str, Callable[[Scenario, Figures], str]]
"""The cell of each column, by its heading."""


def _dead(figures: Figures) -> str:
    return ", ".join(f"{count:,} `{reason}`" for reason, count in sorted(figures.dead.items())) or "0"


def _in_seconds(scenario: Scenario, seconds: float) -> str:
    """The time of a backlog; empty where there is none."""
    return f"{seconds:.0f} s" if scenario.recovers or scenario.rate else ""


def _after(times: tuple[float, ...]) -> str:
    return ", ".join(span(timedelta(seconds=at)) for at in times)


def _waits(waits: Waits) -> str:
    return f"{span(timedelta(seconds=waits.median))}, {span(timedelta(seconds=waits.longest))}" if any(waits) else ""


_OF_SIDES: _Columns = {
    "what happens": lambda scenario, _: scenario.title,
    "messages": lambda _, figures: f"{figures.accepted:,}",
    "done": lambda _, figures: f"{figures.done:,}",
    "dead letters": lambda _, figures: _dead(figures),
    "attempts spent": lambda _, figures: f"{figures.attempts:,}",
    "calls": lambda _, figures: f"{figures.calls:,}",
    "refused": lambda _, figures: f"{figures.refused_share:.0%}",
    "invocations": lambda _, figures: f"{figures.invocations:,}",
    "dollars": lambda _, figures: f"{figures.dollars:.3f}",
    "backlog done after": lambda scenario, figures: _in_seconds(scenario, figures.drain),
    "at best": lambda scenario, figures: _in_seconds(scenario, figures.ideal),
}

_OF_ENDPOINTS: _Columns = {
    "what the endpoint does": lambda scenario, _: scenario.title,
    "events": lambda _, figures: f"{figures.accepted:,}",
    "delivered": lambda _, figures: f"{figures.done:,}",
    "skipped": lambda _, figures: f"{figures.skipped:,}",
    "dead letters": lambda _, figures: _dead(figures),
    "calls": lambda _, figures: f"{figures.calls:,}",
    "refused": lambda _, figures: f"{figures.refused:,}",
    "wait": lambda _, figures: _waits(figures.waits),
    "admins informed after": lambda _, figures: _after(figures.informed),
    "disabled after": lambda _, figures: _after(figures.disabled),
    "invocations": lambda _, figures: f"{figures.invocations:,}",
    "dollars": lambda _, figures: f"{figures.dollars:.3f}",
    "Svix: not delivered": lambda scenario, _: f"{by_svix(scenario.name).lost:,}",
    "Svix: calls": lambda scenario, _: f"{by_svix(scenario.name).calls:,}",
    "Svix: wait": lambda scenario, _: _waits(by_svix(scenario.name).waits),
}


def blocks(figures: Mapping[str, Figures]) -> dict[str, str]:
    """The page's generated blocks, from the figures of all scenarios by name."""
    return {
        block: Sheet(
            title="",
            headings=tuple(_columns(scenarios[0])),
            rows=[cells(scenario, figures[scenario.name]) for scenario in scenarios],
        ).markdown()
        for block, scenarios in TABLES.items()
    }


def cells(scenario: Scenario, figures: Figures) -> list[str]:
    """The cells of a scenario's row."""
    return [cell(scenario, figures) for cell in _columns(scenario).values()]


def row(scenario: Scenario, figures: Figures) -> str:
    """A scenario's row as it stands in the page."""
    return f"| {' | '.join(cells(scenario, figures))} |"


def _columns(scenario: Scenario) -> _Columns:
    return _OF_ENDPOINTS if scenario in ENDPOINTS else _OF_SIDES
