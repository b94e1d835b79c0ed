"""`docs/cost.md`: what is made of it is made anew, what is written by hand stays."""

import io
from pathlib import Path

from rich.console import Console

from ops.cost.bill import Item
from ops.cost.tables import blocks, write
from ops.terminal.tables import Sheet
from tests.unit.ops.cost.stage_sizes import SIZES

FIXED = [Item("alarms", 10, 0.10)]


def test_written_twice_is_written_once(tmp_path: Path) -> None:
    page = tmp_path / "cost.md"
    page.write_text("".join(f"<!-- made: {name} -->\n<!-- end -->\n" for name in blocks(SIZES, fixed=FIXED)))

    assert write(SIZES, fixed=FIXED, page=page)
    assert not write(SIZES, fixed=FIXED, page=page)


def test_a_list_of_what_to_raise_is_a_list_in_markdown() -> None:
    raised = blocks(SIZES, fixed=FIXED)["raise-first"]

    assert raised.startswith("At 1,000 events a second:\n\n1. ")
    assert ".\n\nAt 10,000 events a second:\n\n1. " in raised


def test_a_table_in_markdown_has_its_figures_to_the_right() -> None:
    sheet = Sheet(title="T", headings=("what", "much"), rows=[("alarms", "1.00")])

    assert sheet.markdown() == "| what | much |\n| --- | ---: |\n| alarms | 1.00 |\n"


def test_on_a_narrow_terminal_no_figure_is_broken_or_cut_off() -> None:
    figures = [f"{number:,}" for number in (1_000, 10_000, 100_000)]
    sheet = Sheet(title="T", headings=["a long heading", *(3 * ["EventBridge"])], rows=[["many words " * 9, *figures]])
    out = io.StringIO()

    Console(file=out, width=40).print(sheet.table())

    assert all(figure in out.getvalue() for figure in figures)
    assert "…" not in out.getvalue()
