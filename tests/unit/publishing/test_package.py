"""The package that other services install: contracts, publisher and their dependencies."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ["publishing", "schemas"]


def imported_at_run_time(module: Path) -> set[str]:
    """Return the imported top-level packages, without imports under `if TYPE_CHECKING`."""
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


def test_the_package_has_only_schemas_and_publishing() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"] == PACKAGES
    assert [ROOT / package / "py.typed" for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_no_module_is_in_a_folder_that_is_not_packaged() -> None:
    assert [str(module) for package in PACKAGES for module in (ROOT / package).glob("*/**/*.py")] == []


def test_the_package_declares_exactly_what_it_imports() -> None:
    modules = [module for package in PACKAGES for module in (ROOT / package).glob("*.py")]
    imported = set.union(*map(imported_at_run_time, modules)) - set(sys.stdlib_module_names) - set(PACKAGES)

    declared = {requirement.split(">")[0] for requirement in PROJECT["project"]["dependencies"]}

    assert imported - {"pydantic_core"} == declared, "pydantic brings pydantic_core"
