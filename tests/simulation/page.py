"""The table of scenarios in `docs/reliability.md`."""

from collections.abc import Mapping

from ops.checkout import ROOT
from ops.terminal.tables import Sheet
from tests.simulation.figures import Figures
from tests.simulation.scenarios import SCENARIOS

PAGE = ROOT / "docs" / "reliability.md"
BLOCK = "simulation"
"""The name of the page's generated block."""

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
    "all done after",
    "at best",
)


def table(figures: Mapping[str, Figures]) -> str:
    """The whole table in Markdown, from the figures of all scenarios by name."""
    rows = [row(scenario.title, figures[scenario.name]) for scenario in SCENARIOS]
    return Sheet(title="", headings=_HEADINGS, rows=rows).markdown()


def row(title: str, figures: Figures) -> list[str]:
    """The cells of one scenario."""
    dead = ", ".join(f"{count:,} `{reason}`" for reason, count in sorted(figures.dead.items()))
    return [
        title,
        f"{figures.accepted:,}",
        f"{figures.done:,}",
        dead or "0",
        f"{figures.attempts:,}",
        f"{figures.calls:,}",
        f"{figures.refused_share:.1%}",
        f"{figures.invocations:,}",
        f"{figures.dollars:.3f}",
        _span(figures.drain),
        _span(figures.ideal),
    ]


def line(title: str, figures: Figures) -> str:
    """The row as it stands in the page."""
    return f"| {' | '.join(row(title, figures))} |"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
