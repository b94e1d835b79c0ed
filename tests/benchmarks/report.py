"""The table for reading, and `build/bench.json` for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.row import Row


def table(rows: Sequence[Row]) -> Table:
    """The rows as one table."""
    result = Table(title="Benchmarks", title_justify="left", expand=False)
    for heading in ("row", "ours", "quartiles", "unit", "target", "met", "others", "note"):
        result.add_column(heading, justify="right" if heading in {"ours", "target"} else "left", overflow="fold")
    for row in rows:
        result.add_row(
            row.name, figure(row.value), _spread(row), row.unit, _target(row), _met(row), _others(row), row.note
        )
    return result


def summary(rows: Sequence[Row]) -> str:
    """The sentence below the table."""
    asked = [row for row in rows if row.goal]
    missed = [row.name for row in asked if row.met is False]
    unknown = [row.name for row in asked if row.met is None]
    parts = [f"{sum(row.met is True for row in asked)} of {len(asked)} targets are met"]
    if missed:
        parts.append(f"missed: {', '.join(missed)}")
    if unknown:
        parts.append(f"not measured here: {', '.join(unknown)}")
    return "; ".join(parts) + "."


def write_json(path: Path, rows: Sequence[Row], facts: Mapping[str, Any], *, quick: bool) -> None:
    """Write `bench.json`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"rows": [row.to_json() for row in rows], "machine": dict(facts), "quick": quick}
    path.write_text(json.dumps(content, indent=2) + "\n")


def figure(value: float | None) -> str:
    """A number with three significant digits."""
    if value is None:
        return "-"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def _spread(row: Row) -> str:
    return f"{figure(row.spread[0])} to {figure(row.spread[1])}" if row.spread else ""


def _target(row: Row) -> str:
    if row.goal is None:
        return ""
    sign = "≥" if row.goal.at_least else "≤"
    stretch = f" ({figure(row.goal.stretch)})" if row.goal.stretch is not None else ""
    return f"{sign} {figure(row.goal.target)}{stretch}"


def _met(row: Row) -> str:
    return {True: "yes", False: "[bold]no[/bold]", None: ""}[row.met]


def _others(row: Row) -> str:
    return ", ".join(f"{name} {figure(value)}" for name, value in row.others.items())
