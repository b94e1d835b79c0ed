"""Counted outcomes, as text and as JSON records."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ops.outcomes.counts import Dimension, OutcomeRow, total
from ops.terminal.output import counted, printable
from schemas.reasons import Outcome

_MAX_ROWS = 50
"""Rows of the table; `--json` prints all."""

_NONE = Text("–", "dim")
_SMALLEST_SHARE = 0.0005
"""Smallest share of failures that is shown as a percentage."""


def text(found: Sequence[OutcomeRow], by: Sequence[Dimension], heading: str) -> Iterator[Text | Table]:
    """Yield a headline with the totals, and a table with a row for each group of values."""
    all_rows = total(found)
    if not found:
        yield Text(f"{heading}: no delivery")
        return
    share = f"{percent(all_rows)} of {counted(all_rows.attempts, 'attempt')} failed"
    deliveries = f"{all_rows.deliveries:,} {'delivery' if all_rows.deliveries == 1 else 'deliveries'}"
    yield Text.assemble((f"{heading}: ", "bold"), f"{deliveries}; {share}")
    yield _table(found[:_MAX_ROWS], by, [each for each in Outcome if all_rows.outcomes.get(each)])
    if len(found) > _MAX_ROWS:
        yield Text(f"  … and {len(found) - _MAX_ROWS:,} more rows: --json prints all", "dim")


def percent(row: OutcomeRow) -> str:
    """Return the share of failed attempts, to a tenth of a per cent; `–` without attempts."""
    if not row.attempts:
        return "–"
    share = row.failures / row.attempts
    return f"{share:.1%}" if share >= _SMALLEST_SHARE or not share else "<0.1%"


def records(found: Sequence[OutcomeRow], by: Sequence[Dimension]) -> Iterator[dict[str, Any]]:
    """Yield a JSON record for each row; a value that the lines lack is null."""
    names = _names(by)
    for row in found:
        yield {
            **{name: value or None for name, value in zip(names, row.values, strict=True)},
            "deliveries": row.deliveries,
            "attempts": row.attempts,
            "failures": row.failures,
            **({"outcomes": {str(each): row.outcomes.get(each, 0) for each in Outcome}} if _has_outcomes(by) else {}),
        }


def _table(found: Sequence[OutcomeRow], by: Sequence[Dimension], outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for name in _names(by):
        table.add_column(name, overflow="fold")
    shown = outcomes if _has_outcomes(by) else ()
    for heading in ("attempts", "failed", *(each.replace("_", "\n") for each in shown or ("deliveries",))):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        figures = [row.outcomes.get(each, 0) for each in shown] if shown else [row.deliveries]
        table.add_row(
            *(Text(printable(value)) if value else _NONE for value in row.values),
            _number(row.attempts),
            Text(percent(row), "red" if row.failures else "dim"),
            *map(_number, figures),
        )
    return table


def _names(by: Sequence[Dimension]) -> list[str]:
    return [each.value for each in by if each is not Dimension.OUTCOME]


def _has_outcomes(by: Sequence[Dimension]) -> bool:
    return Dimension.OUTCOME in by


def _number(count: int) -> Text:
    return Text(f"{count:,}", "" if count else "dim")
