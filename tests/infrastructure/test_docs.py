"""Paths, tests, sections and commands that the docs name exist, and each guarantee names its test."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from app import ROOT
from ops.command_line import app
from schemas.reasons import Outcome, Reason

TO_BE_WRITTEN = {
    "lambdas/review_requested/handler.py",
    "schemas/history/golden/review.requested.v1.json",
    "schemas/history/retired.json",
    "schemas/reviews.py",
    "tests/unit/functions/test_review_requested.py",
}
"""Files that the guides tell their reader to write."""

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
PARTS = "docs|lambdas|local|ops|publishing|schemas|stacks|tests"
BEHAVIOURS = re.compile(rf"^\| [^|*]+ \| `((?:{PARTS})/[\w./]+\.py)` \|$", re.MULTILINE)
COMMAND_LINE = re.compile(r"`taly-async ([^`]+)`|^[ $]*taly-async ([^#\n]+)", re.MULTILINE)
CDK_COMMAND = re.compile(r"\bcdk (?:bootstrap|deploy|destroy|diff|drift|import|rollback|synth) [^`\n]+")
NAMED_TEST = re.compile(r"`(tests/[\w/.-]+\.py)(?:::(\w+))?`")
DECISION = re.compile(r"^## (\d+)\. .+?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_path_in_a_page_exists(page: Path) -> None:
    named = set(re.findall(rf"`((?:{PARTS})/[\w./-]*\w/?)(?:::\w+)?`", page.read_text()))

    assert {path for path in named if not (ROOT / path).exists()} - TO_BE_WRITTEN == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_file_in_a_page_exists(page: Path) -> None:
    files = [f"/{path.relative_to(ROOT)}" for path in (ROOT / "tests").rglob("test_*.py")]
    named = set(re.findall(r"`((?:\w+/)*test_\w+\.py)", page.read_text())) - TO_BE_WRITTEN

    assert {name for name in named if not any(file.endswith(f"/{name}") for file in files)} == set()


@cache
def functions_of(file: str) -> frozenset[str]:
    """The names of a file's functions; none where there is no such file."""
    path = ROOT / file
    nodes = ast.walk(ast.parse(path.read_text())) if path.is_file() else ()
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_named_in_a_page_exists(page: Path) -> None:
    named = NAMED_TEST.findall(page.read_text())

    assert [f"{file}::{name}" for file, name in named if name and name not in functions_of(file)] == []


def rows_without_a_test(text: str) -> list[str]:
    """Rows of a page's tables that name no test in their column "shown by", and heads of tables without that column.

    Only a table of what there is to protect shows nothing. Generated tables are compared by tests of their own.
    """
    faulty = []
    written = re.sub(r"<!-- made: .*?<!-- end -->", "", text, flags=re.DOTALL)
    for table in re.findall(r"(?:^\|.*\n)+", written, re.MULTILINE):
        head, _, *rows = (line.strip("| ").split(" | ") for line in table.splitlines())
        if head[0] == "asset":
            continue
        if head[-1] != "shown by":
            faulty.append(" | ".join(head))
        faulty += [
            " | ".join(row) for row in rows if not any(functions_of(file) for file, _ in NAMED_TEST.findall(row[-1]))
        ]
    return faulty


@pytest.mark.parametrize("page", ["reliability", "threat-model"])
def test_each_guarantee_names_a_test(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()

    assert text.count("\n|") > 30
    assert rows_without_a_test(text) == []


@pytest.mark.parametrize("shown", ["the same", "[fuzzing](fuzzing.md)", "`tests/unit/test_no_such.py`"])
def test_a_guarantee_without_a_test_is_found(shown: str) -> None:
    table = "| failure | message | shown by |\n|---|---|---|\n"

    assert rows_without_a_test(f"{table}| it burns | it is kept | {shown} |\n") == [f"it burns | it is kept | {shown}"]
    assert rows_without_a_test("| failure | message |\n|---|---|\n") == ["failure | message"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_to_a_page_leads_to_a_section(page: Path) -> None:
    for file, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text()):
        target = page.parent / file if file else page
        assert target.exists()
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), (file, anchor)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_in_a_page_exists_with_its_options(page: Path) -> None:
    for found in COMMAND_LINE.finditer(page.read_text()):
        words = (found[1] or found[2]).split()
        command = get_command(app)
        while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
            command = command.commands[words.pop(0)]
        known = {"--help"}.union(*(parameter.opts + parameter.secondary_opts for parameter in command.params))
        assert {word for word in words if word.startswith("--")} <= known, found.group()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_cdk_command_in_a_page_names_a_stage(page: Path) -> None:
    """Without a stage the app has no stacks, and refuses even `cdk rollback` of one that is named."""
    blocks = re.findall(r"^```\n.*?^```|`cdk [^`\n]+`", page.read_text(), re.MULTILINE | re.DOTALL)
    commands = [command for block in blocks for command in CDK_COMMAND.findall(block)]

    assert [command for command in commands if "--context stage=" not in command] == []


@pytest.mark.parametrize("page", ["README.md", "docs/runbook.md"])
def test_each_reason_has_a_row_that_says_what_to_do(page: str) -> None:
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", (ROOT / page).read_text(), re.MULTILINE)

    assert {f"`{reason}`" for reason in Reason} <= {name for row in rows for name in row.split(", ")}


def test_readme_names_each_outcome() -> None:
    promise = (ROOT / "README.md").read_text().partition("**The promise:**")[2].partition("\n\n")[0]

    assert {name.strip("`") for name in re.findall("`[a-z_]+`", promise)} == set(Outcome)


def test_architecture_names_a_file_for_thirty_behaviours() -> None:
    files = BEHAVIOURS.findall((ROOT / "docs" / "architecture.md").read_text())

    assert len(files) >= 30
    assert len(set(files)) == len(files)


def test_each_decision_says_what_was_rejected_why_and_where() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text()
    found = list(DECISION.finditer(text))
    decisions = [match.group() for match in found]

    assert len(decisions) == text.count("\n## ") > 0
    assert [int(match[1]) for match in found] == list(range(1, len(decisions) + 1))
    for part in ("**Decision.**", "**Rejected.**", "**Why.**", "Implemented in `"):
        assert [decision.splitlines()[0] for decision in decisions if part not in decision] == []
