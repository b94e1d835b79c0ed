"""Every path in the docs exists, and the architecture's table has a file for each behaviour."""

import re
from pathlib import Path

import pytest

from app import ROOT

TO_BE_WRITTEN = {
    "lambdas/review_requested/handler.py",
    "schemas/history/golden/review.requested.v1.json",
    "schemas/history/retired.json",
    "schemas/reviews.py",
    "tests/unit/functions/test_review_requested.py",
}
"""Files that readers of the guides create."""

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
PARTS = "docs|lambdas|local|ops|publishing|schemas|stacks|tests"
BEHAVIOURS = re.compile(rf"^\| [^|*]+ \| `((?:{PARTS})/[\w./]+\.py)` \|$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_in_a_page_exists(page: Path) -> None:
    named = set(re.findall(rf"`((?:{PARTS})/[\w./-]*\w/?)(?:::\w+)?`", page.read_text()))

    assert {path for path in named if not (ROOT / path).exists()} - TO_BE_WRITTEN == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_file_in_a_page_exists(page: Path) -> None:
    files = [f"/{path.relative_to(ROOT)}" for path in (ROOT / "tests").rglob("test_*.py")]
    named = set(re.findall(r"`((?:\w+/)*test_\w+\.py)", page.read_text())) - TO_BE_WRITTEN

    assert {name for name in named if not any(file.endswith(f"/{name}") for file in files)} == set()


def test_the_architecture_lists_files_of_at_least_thirty_behaviours() -> None:
    files = BEHAVIOURS.findall((ROOT / "docs" / "architecture.md").read_text())

    assert len(files) >= 30
    assert len(set(files)) == len(files)
