"""The generated blocks of `docs/cost.md`, and tables in Markdown and on a terminal."""

import io
from pathlib import Path

from rich.console import Console

from ops.cost.bill import Item
from ops.cost.tables import blocks, write
from ops.terminal.tables import Sheet
from tests.unit.ops.cost.stage_sizes import SIZES

FIXED = [Item("alarms", 10, 0.10)]


def test_writing_twice_changes_the_page_once(tmp_path: Path) -> None:
    page = tmp_path / "cost.md"
    page.write_text("".join(f"<!-- made: {name} -->\n<!-- end -->\n" for name in blocks(SIZES, fixed=FIXED)))

    assert write(SIZES, fixed=FIXED, page=page)
    assert not write(SIZES, fixed=FIXED, page=page)


def test_the_bounds_to_raise_are_a_markdown_list() -> None:
    raised = blocks(SIZES, fixed=FIXED)["raise-first"]

    assert raised.startswith("At 1,000 events a second:\n\n1. ")
    assert ".\n\nAt 10,000 events a second:\n\n1. " in raised


def test_markdown_tables_align_figures_to_the_right() -> None:
    sheet = Sheet(title="T", headings=("what", "much"), rows=[("alarms", "1.00")])

    assert sheet.markdown() == "| what | much |\n| --- | ---: |\n| alarms | 1.00 |\n"


def test_figures_are_not_wrapped_or_cut_on_a_narrow_terminal() -> None:
    figures = [f"{number:,}" for number in (1_000, 10_000, 100_000)]
    sheet = Sheet(title="T", headings=["a long heading", *(3 * ["EventBridge"])], rows=[["many words " * 9, *figures]])
    out = io.StringIO()

    Console(file=out, width=40).print(sheet.table())

    assert all(figure in out.getvalue() for figure in figures)
    assert "…" not in out.getvalue()
