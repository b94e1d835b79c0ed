"""No module that stays in a layer imports one that is left out: neither when it is loaded nor later, in a function."""

import ast
from collections.abc import Iterator
from importlib.metadata import distribution
from importlib.util import resolve_name
from pathlib import Path, PurePath

import pytest

from app import ROOT
from stacks.layers.lock import base_requirements, texts_requirements
from stacks.layers.unused import UNUSED

PACKAGES = sorted({**base_requirements(ROOT), **texts_requirements(ROOT)})

NEVER_REACHED = {
    ("aws_lambda_powertools.shared.functions", "aws_lambda_powertools.event_handler.openapi.compat"): "for HTTP alone",
    ("icalendar.timezone.tzp", "icalendar.timezone.pytz"): "`zoneinfo` is asked for",
    ("pydantic._internal._generate_schema", "pydantic.v1"): "for classes with `__get_validators__`",
    ("pydantic.main", "pydantic.deprecated"): "for methods of version 1, which warn",
    ("pydantic.main", "pydantic.deprecated.copy_internals"): "for `copy` of version 1",
    ("pydantic.main", "pydantic.deprecated.json"): "for `json` of version 1",
    ("pydantic.main", "pydantic.deprecated.parse"): "for `parse_raw` and `parse_file` of version 1",
    ("dateutil.tz.tz", "dateutil.tz.win"): "on Windows",
    ("dateutil.tz.tz", "dateutil.zoneinfo"): "for zones that the machine lacks, by `gettz`, which nothing here calls",
}
"""Imports that no function comes to, by the module that has them and the one that is left out, with the reason."""


def is_left_out(path: PurePath) -> bool:
    return any(each.leaves_out(path) for each in UNUSED)


def module_of(path: PurePath) -> str:
    return ".".join((*path.parent.parts, path.stem)).removesuffix(".__init__") if path.name else ""


def imported_in(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the modules and names that code imports, without what only type checkers import."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        else:
            yield from imported_in(node, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_one_that_is_left_out(package: str) -> None:
    files = [PurePath(file) for file in distribution(package).files or () if file.suffix == ".py"]
    left_out = {module_of(file) for file in files if is_left_out(file)}
    installed = Path(str(distribution(package).locate_file("")))

    found = {
        (module_of(file), name)
        for file in files
        if not is_left_out(file)
        for name in imported_in(
            ast.parse((installed / file).read_text()),
            module_of(file) if file.name == "__init__.py" else module_of(file.parent),
        )
        if name in left_out
    }

    assert found - NEVER_REACHED.keys() == set()
