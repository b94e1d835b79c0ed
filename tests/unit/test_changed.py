"""`make check` runs the tests of changed files: each folder has its tests in a folder of the same name."""

from pathlib import Path

import pytest

from app import ROOT
from tests.changed import paths_of

SOURCES = [
    str(path.relative_to(ROOT))
    for part in ("lambdas", "local", "ops", "publishing", "schemas", "stacks")
    for path in sorted((ROOT / part).rglob("*.py"))
    if path.name not in {"__init__.py", "__main__.py"}
]


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("lambdas/common/batch/retry.py", "tests/unit/common/batch"),
        ("lambdas/common/handlers.py", "tests/unit/common/test_handlers.py"),
        ("lambdas/common/runtime.py", "tests/unit/common"),
        ("lambdas/user_invited/handler.py", "tests/unit/functions/test_user_invited.py"),
        ("lambdas/webhook_deliver/signing.py", "tests/unit/functions/webhook_deliver"),
        ("local/clock/alarms/evaluator.py", "tests/unit/local/clock/alarms"),
        ("ops/dead_letters/redrive/redrive.py", "tests/unit/ops/dead_letters/redrive"),
        ("stacks/monitoring/alarms/alarm.py", "tests/infrastructure/monitoring"),
        ("cdk.json", "tests/infrastructure"),
        ("tests/unit/schemas/test_money.py", "tests/unit/schemas/test_money.py"),
        ("tests/unit/schemas/test_that_was_deleted.py", "tests/unit/schemas"),
    ],
)
def test_a_changed_file_has_its_tests(changed: str, tests: str) -> None:
    assert paths_of([changed]) == [tests]


@pytest.mark.parametrize("changed", ["README.md", "docs/cost.md", "tests/e2e/scene.py", ".github/workflows/main.yml"])
def test_a_file_without_unit_or_template_tests_has_none(changed: str) -> None:
    assert paths_of([changed]) == []


def test_a_folder_includes_the_paths_inside_it() -> None:
    changed = ["stacks/retention.py", "stacks/messaging/bus.py", "tests/infrastructure/test_stage.py"]

    assert paths_of([*changed, "schemas/money.py"]) == ["tests/infrastructure", "tests/unit/schemas/test_money.py"]


def test_every_source_file_has_tests_below_the_folder_of_its_part() -> None:
    """The folder of all unit tests would mean that no test folder has the source folder's name."""
    too_general = {source for source in SOURCES if paths_of([source]) in (["tests/unit"], ["tests"])}

    assert len(SOURCES) > 100
    assert too_general == set()


def test_a_folder_that_is_not_there_yet_gives_the_nearest_above(tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit" / "ops").mkdir(parents=True)

    assert paths_of(["ops/new/thing.py"], tmp_path) == ["tests/unit/ops"]
