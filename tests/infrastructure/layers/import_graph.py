"""Finds the imports of a module by parsing sources, with lazy imports and without those for type checkers."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN = ("lambdas", "schemas")

DATA_PACKAGES = {"zoneinfo": "tzdata"}
"""Packages that a standard module reads without importing them: Lambda's machines have no time zone files."""


def foreign(module: Path, *, root: Path) -> set[str]:
    """Return the third-party names that a module may import, directly or indirectly: `a.b` for `from a import b`."""
    names = {name for own in _reached(module, root) for name in _imports(own)}
    names |= {package for name, package in DATA_PACKAGES.items() if name in {each.split(".")[0] for each in names}}
    return {name for name in names if name.split(".")[0] not in {*OWN, *sys.stdlib_module_names}}


def packages(names: Iterable[str]) -> set[str]:
    """Return the packages of modules, with all their requirements, by their names in a lock."""
    found = {package for name in names for package in _packages_of(name.split(".")[0])}
    while more := {required for package in found for required in _required(package)} - found:
        found |= more
    return found


def _reached(module: Path, root: Path) -> set[Path]:
    """Return our modules that a module imports, directly or indirectly, and the module itself."""
    reached: set[Path] = set()
    pending = {module}
    while pending:
        reached |= pending
        names = {name for each in pending for name in _imports(each)}
        pending = {path for name in names for path in _own(name, root)} - reached
    return reached


def _own(name: str, root: Path) -> Iterator[Path]:
    """Yield our files that an import of a name runs: the module and its parent packages."""
    parts = name.split(".")
    if parts[0] in OWN:
        for end in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:end])
            yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())


@cache
def _imports(module: Path) -> frozenset[str]:
    return frozenset(_imports_below(ast.parse(module.read_text())))


def _imports_below(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=below):
            pass
        case ast.Import(names=names):
            yield from (name.name for name in names)
            below = []
        case ast.ImportFrom(module=str(source), names=names):
            yield from (f"{source}.{name.name}" for name in names)
            below = []
        case _:
            below = [*ast.iter_child_nodes(node)]  # type: ignore[list-item]  # any node may have children of any type
    for child in below:
        yield from _imports_below(child)


def _packages_of(module: str) -> set[str]:
    """Return the packages that contain a top-level module."""
    return {canonicalize_name(package) for package in _distributions().get(module, [module])}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def _required(package: str) -> frozenset[str]:
    wanted = map(Requirement, requires(package) or ())
    always = (each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""}))
    return frozenset(canonicalize_name(each.name) for each in always)
