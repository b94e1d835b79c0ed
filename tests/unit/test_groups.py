"""`make test` runs every test once and adds up pytest's results."""

from pathlib import Path

import pytest

from app import ROOT
from tests.groups import LINT, OTHERS, STAGED, Counts, counts, percent

PATHS = [path for lane in (*STAGED, *OTHERS) for group in lane for path in group.command if path.startswith("tests/")]


def test_every_test_file_is_in_one_group() -> None:
    """Except the conservation check, which is last in each group whose stage keeps records."""
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}

    groups = {file: [path for path in PATHS if file == path or file.startswith(f"{path}/")] for file in files}

    repeated = {file: found for file, found in groups.items() if len(found) != 1}
    assert repeated == {"tests/e2e/test_conservation.py": ["tests/e2e/test_conservation.py"] * 2}


def test_all_paths_are_there() -> None:
    assert [path for path in PATHS if not (ROOT / path).exists()] == []


def test_only_groups_with_a_stage_are_urgent() -> None:
    urgent = [group.name for lane in (*STAGED, (LINT,), *OTHERS) for group in lane if group.is_urgent]

    assert urgent == [group.name for lane in STAGED for group in lane]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("376 passed in 224.84s (0:03:44)", Counts(passed=376)),
        ("1 failed, 18 passed in 163.06s (0:02:43)", Counts(passed=18, failed=1)),
        ("2 failed, 9 passed, 3 skipped, 76 deselected, 1 error in 1.02s", Counts(passed=9, failed=3, skipped=3)),
        ("5856 passed, 23 xfailed in 126.55s (0:02:06)", Counts(passed=5856, expected_to_fail=23)),
        ("34 deselected in 1.74s", Counts()),
    ],
)
def test_the_last_line_of_pytest_is_counted(line: str, expected: Counts) -> None:
    assert counts(f"...\n==== slowest 3 passed ====\n{line}\n") == expected


def test_a_log_without_a_summary_counts_nothing() -> None:
    assert counts("....\nKilled\n") == Counts()


def test_counts_are_added_up_to_the_last_line() -> None:
    total = Counts(passed=3, failed=1) + Counts(passed=4, skipped=2)

    assert total.line() == "7 passed, 1 failed, 2 skipped"


def test_the_progress_of_a_group_is_its_last_percentage(tmp_path: Path) -> None:
    log = tmp_path / "unit.log"
    log.write_text("......... [  1%]\n........ [ 38%]\n...")

    assert percent(log) == "38%"


def test_the_progress_of_an_empty_log_is_empty(tmp_path: Path) -> None:
    log = tmp_path / "unit.log"
    log.touch()

    assert percent(log) == ""
