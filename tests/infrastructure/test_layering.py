"""Imports point one way: app to stacks to schemas, a function to common to schemas, ops to publishing to schemas."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import ROOT

MAY_IMPORT = {
    "app.py": {"stacks", "schemas"},
    "stacks": {"stacks", "schemas"},
    "schemas": {"schemas"},
    "lambdas/common": {"lambdas.common", "schemas"},
    "publishing": {"publishing", "schemas"},
    "local": {"local", "ops", "publishing", "schemas"},
    "ops": {"ops", "local", "publishing", "schemas"},
}
"""Of our own modules; what is not named here is tests, which may import all, and the functions, below."""

OWN = {"app", "docs", "lambdas", "local", "ops", "publishing", "schemas", "stacks", "tests"}


def functions() -> list[str]:
    return sorted(f"lambdas/{handler.parent.name}" for handler in (ROOT / "lambdas").glob("*/handler.py"))


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, with the names taken from it: `a.b` of `from a import b`."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(source), names=names, level=0):
                yield from (f"{source}.{name.name}" for name in names)
            case ast.ImportFrom():
                pytest.fail(
                    f"{module.relative_to(ROOT)}:{node.lineno} imports relatively: these arrows cannot be checked"
                )


def forbidden(place: str, allowed: set[str]) -> list[str]:
    return [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(place)
        for name in imported(module)
        if name.split(".")[0] in OWN and not any(f"{name}.".startswith(f"{each}.") for each in allowed)
    ]


@pytest.mark.parametrize(("place", "allowed"), MAY_IMPORT.items(), ids=MAY_IMPORT)
def test_a_part_imports_only_what_stands_below_it(place: str, allowed: set[str]) -> None:
    assert modules(place)
    assert forbidden(place, allowed) == []


@pytest.mark.parametrize("function", functions())
def test_a_function_imports_itself_the_shared_layer_and_the_contracts(function: str) -> None:
    assert forbidden(function, {function.replace("/", "."), "lambdas.common", "schemas"}) == []


def test_functions_and_the_shared_layer_meet_in_a_namespace() -> None:
    """With an `__init__.py` the function's `lambdas` would hide the layer's, or the other way round."""
    assert not (ROOT / "lambdas" / "__init__.py").exists()


def test_every_folder_of_lambdas_is_a_function_or_the_shared_layer() -> None:
    folders = {folder.name for folder in (ROOT / "lambdas").iterdir() if any(folder.rglob("*.py"))}

    assert folders == {function.removeprefix("lambdas/") for function in functions()} | {"common"}


def test_a_forbidden_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "wrong.py").write_text("def f():\n    from stacks import stage\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert forbidden("schemas", {"schemas"}) == ["schemas/wrong.py imports stacks.stage"]
