import json
import shutil
from pathlib import Path

import pytest

from tests.benchmarks import baseline
from tests.benchmarks.baseline import BUILD, PYTHON, Baseline


def test_the_instructions_of_an_event_are_those_of_the_baseline() -> None:
    known = baseline.read()
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not on PATH")
    if known is None or known.build != BUILD:
        pytest.skip(f"there is no baseline for this Python, {BUILD}: python -m tests.benchmarks --write-baseline")

    found = baseline.measure()

    assert known.allows(found.ratio_to_json_loads), (
        f"an event took {known.ratio_to_json_loads} times the instructions of json.loads, and takes "
        f"{found.ratio_to_json_loads} now; if that is intended: python -m tests.benchmarks --write-baseline"
    )


@pytest.mark.parametrize(("ratio", "allowed"), [(4.0, True), (4.11, True), (3.89, True), (4.13, False), (3.87, False)])
def test_a_difference_of_three_percent_is_allowed_in_both_directions(ratio: float, *, allowed: bool) -> None:
    assert Baseline(4.0, BUILD).allows(ratio) is allowed


def test_writing_replaces_only_this_pythons_baseline(tmp_path: Path) -> None:
    file = tmp_path / "instructions.json"
    others = {"0.9": {"ratio_to_json_loads": 9.0, "build": "another"}}
    file.write_text(json.dumps(others))

    baseline.write(Baseline(4.0, BUILD), file)
    baseline.write(Baseline(3.5, BUILD), file)

    assert baseline.read(file) == Baseline(3.5, BUILD)
    assert json.loads(file.read_text()) == {**others, PYTHON: {"ratio_to_json_loads": 3.5, "build": BUILD}}


def test_an_empty_file_has_no_baseline(tmp_path: Path) -> None:
    file = tmp_path / "instructions.json"
    file.write_text("{}")

    assert baseline.read(file) is None
