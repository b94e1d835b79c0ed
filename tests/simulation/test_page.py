"""The tables of `docs/reliability.md` have the figures of the scenarios."""

import re

import pytest

from tests.simulation.figures import figures_of
from tests.simulation.page import PAGE, row
from tests.simulation.scenarios import SCENARIOS, TABLES

_BLOCK = re.compile("<!-- made: ([a-z-]+) -->\n(.*?)<!-- end -->", re.DOTALL)


@pytest.mark.parametrize(
    "name", [pytest.param(each.name, marks=[pytest.mark.long] if each.is_long else []) for each in SCENARIOS.values()]
)
def test_row_has_the_figures_of_its_scenario(name: str) -> None:
    rows = PAGE.read_text(encoding="utf-8").splitlines()

    assert row(SCENARIOS[name], figures_of(name)) in rows, "run `python -m tests.simulation`"


def test_page_has_a_row_for_each_scenario() -> None:
    titles = {
        block: [line.removeprefix("| ").partition(" | ")[0] for line in text.strip().splitlines()[2:]]
        for block, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    }

    assert titles == {block: [each.title for each in scenarios] for block, scenarios in TABLES.items()}
