"""The tables of scenarios in `docs/reliability.md`."""

from collections.abc import Mapping

from ops.terminal.checkout import ROOT
from ops.terminal.tables import Sheet
from tests.simulation.figures import Figures
from tests.simulation.scenarios import OTHERS, OUTAGES, Scenario

PAGE = ROOT / "docs" / "reliability.md"

TABLES = {"simulated-outages": OUTAGES, "simulated-limits": OTHERS}
"""The scenarios of each generated block."""

_HEADINGS = (
    "what happens",
    "messages",
    "done",
    "dead letters",
    "attempts spent",
    "calls",
    "refused",
    "invocations",
    "dollars",
    "backlog done after",
    "at best",
)


def blocks(figures: Mapping[str, Figures]) -> dict[str, str]:
    """The page's generated blocks, from the figures of all scenarios by name."""
    return {
        block: Sheet(
            title="", headings=_HEADINGS, rows=[cells(scenario, figures[scenario.name]) for scenario in scenarios]
        ).markdown()
        for block, scenarios in TABLES.items()
    }


def cells(scenario: Scenario, figures: Figures) -> list[str]:
    """The cells of a scenario's row."""
    has_backlog = bool(scenario.recovers or scenario.rate)
    dead = ", ".join(f"{count:,} `{reason}`" for reason, count in sorted(figures.dead.items()))
    return [
        scenario.title,
        f"{figures.accepted:,}",
        f"{figures.done:,}",
        dead or "0",
        f"{figures.attempts:,}",
        f"{figures.calls:,}",
        f"{figures.refused_share:.0%}",
        f"{figures.invocations:,}",
        f"{figures.dollars:.3f}",
        f"{figures.drain:.0f} s" if has_backlog else "",
        f"{figures.ideal:.0f} s" if has_backlog else "",
    ]


def row(scenario: Scenario, figures: Figures) -> str:
    """A scenario's row as it stands in the page."""
    return f"| {' | '.join(cells(scenario, figures))} |"
