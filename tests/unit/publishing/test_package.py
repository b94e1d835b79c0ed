"""What other services install: the contracts and the publisher, and what these need."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ["publishing", "schemas"]


def imported_at_run_time(module: Path) -> set[str]:
    """Top-level packages; what stands under `if TYPE_CHECKING` is for type checkers."""
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
        elif isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
    return {name.split(".")[0] for name in names}


def test_the_package_has_the_contracts_and_the_publisher_and_nothing_else() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"] == PACKAGES
    assert [ROOT / package / "py.typed" for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_no_module_of_it_lies_where_it_would_not_be_packed() -> None:
    assert [str(module) for package in PACKAGES for module in (ROOT / package).glob("*/**/*.py")] == []


def test_it_needs_what_it_declares_and_no_more() -> None:
    modules = [module for package in PACKAGES for module in (ROOT / package).glob("*.py")]
    imported = set.union(*map(imported_at_run_time, modules)) - set(sys.stdlib_module_names) - set(PACKAGES)

    declared = {requirement.split(">")[0] for requirement in PROJECT["project"]["dependencies"]}

    assert imported - {"pydantic_core"} == declared, "pydantic brings pydantic_core"
