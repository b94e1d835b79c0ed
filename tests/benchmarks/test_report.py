import json
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict
from rich.console import Console

from tests.benchmarks.machine import facts
from tests.benchmarks.report import figure, summary, table, write_json
from tests.benchmarks.row import Goal, Row


class RowOfTheFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    value: float | None
    unit: str
    target: float | None
    stretch: float | None
    at_least: bool
    met: bool | None
    spread: list[float] | None
    others: dict[str, float]
    note: str
    details: dict[str, dict[str, int]]


class MachineOfTheFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    python: str
    implementation: str
    compiler: str
    machine: str
    system: str
    processors: int
    packages: dict[str, str]


class BenchFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rows: list[RowOfTheFile]
    machine: MachineOfTheFile
    quick: bool


FAST = Row(
    name="warm_batch(10)",
    value=4.2,
    unit="json.loads",
    spread=(4.1, 4.4),
    goal=Goal(target=4.5, stretch=3.0),
    others={"natural": 22.0},
)
SLOW = Row(name="pipeline", value=0.8, unit="thinnest", goal=Goal(target=0.9, at_least=True))
UNKNOWN = Row(name="instructions_per_event", value=None, unit="json.loads", note="valgrind is not on PATH")


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(target=4.5), 4.5, True),
        (Goal(target=4.5), 4.51, False),
        (Goal(target=0.9, at_least=True), 0.9, True),
        (Goal(target=0.9, at_least=True), 0.89, False),
        (Goal(target=4.5), None, None),
        (None, 4.5, None),
    ],
)
def test_a_goal_is_met_at_its_target(goal: Goal | None, value: float | None, met: bool | None) -> None:
    assert Row(name="row", value=value, unit="s", goal=goal).met is met


def test_the_file_has_every_row_with_its_target_and_spread(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"

    write_json(file, [FAST, SLOW, UNKNOWN], facts(), quick=True)

    content = BenchFile.model_validate_json(file.read_text())
    assert content.quick is True
    assert [row.name for row in content.rows] == ["warm_batch(10)", "pipeline", "instructions_per_event"]
    assert content.rows[0].model_dump() == {
        "name": "warm_batch(10)",
        "value": 4.2,
        "unit": "json.loads",
        "target": 4.5,
        "stretch": 3.0,
        "at_least": False,
        "met": True,
        "spread": [4.1, 4.4],
        "others": {"natural": 22.0},
        "note": "",
        "details": {},
    }
    assert [row.met for row in content.rows] == [True, False, None]


def test_the_file_does_not_identify_the_user(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"

    write_json(file, [FAST], facts(), quick=False)

    assert str(Path.home()) not in json.dumps(file.read_text())


def test_the_summary_names_missed_and_unmeasured_targets() -> None:
    not_counted = Row(name="counted", value=None, unit="", goal=Goal(target=1))

    assert summary([FAST, SLOW, UNKNOWN, not_counted]) == (
        "1 of 3 targets are met; missed: pipeline; not measured here: counted."
    )


def test_the_table_has_a_line_for_each_row() -> None:
    console = Console(width=180, record=True)

    console.print(table([FAST, SLOW, UNKNOWN]))

    text = console.export_text()
    assert "≤ 4.50 (3)" in text
    assert "natural 22" in text
    assert "valgrind is not on PATH" in text


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (4.237, "4.24"), (0.8, "0.80"), (10, "10"), (123.45, "123.5"), (1234.5, "1,234")]
)
def test_a_figure_has_three_significant_digits(value: float | None, shown: str) -> None:
    assert figure(value) == shown
