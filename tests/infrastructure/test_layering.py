"""Imports point one way, and none in a circle.

From app to stacks to schemas, from a function to common to schemas, from local to ops to publishing to schemas; inside
ops from the console to the subjects, from these to the stage, from that to the terminal.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
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
    "ops": {"ops", "publishing", "schemas"},
    "ops/terminal": {"ops.terminal", "ops.checkout", "schemas"},
    "ops/stage": {"ops.stage", "ops.terminal", "ops.checkout", "publishing", "schemas"},
}
"""Of our own modules; what is not named here is tests, which may import all, the functions and ops' subjects, below."""

SUBJECTS = ("contracts", "cost", "dead_letters", "messages", "replay", "schedules", "status", "trace")
"""The folders of ops whose commands are typed, but for the console, which shows and does what they do."""

OWN = {"app", "docs", "lambdas", "local", "ops", "publishing", "schemas", "stacks", "tests"}


MOST_ENTRIES = 15
"""Files and folders in one folder."""


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


def imports_at_start(root: Path) -> Mapping[str, set[str]]:
    """Every module of ours, with those of ours that run before it does: what is imported for types or later is not."""
    files = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for part in sorted(OWN - {"tests"})
        for path in ([root / f"{part}.py"] if (root / f"{part}.py").is_file() else sorted((root / part).rglob("*.py")))
    }
    return {
        name: {found for each in at_start(ast.parse(path.read_text()).body) if (found := module_of(each, files))}
        - {name}
        for name, path in files.items()
    }


def at_start(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements import when their module is first imported."""
    for node in statements:
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(source), names=names):
                yield from (f"{source}.{name.name}" for name in names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
                yield from at_start(otherwise)
            case ast.If(body=body, orelse=otherwise) | ast.Try(body=body, orelse=otherwise):
                yield from at_start([*body, *otherwise])
            case ast.ClassDef(body=body) | ast.With(body=body):
                yield from at_start(body)


def module_of(name: str, files: Mapping[str, Path]) -> str | None:
    """The module of ours that is meant by `a.b` of `from a import b`: `a.b`, or else `a`; None where it is not ours."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in files), None)


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other, the first one at both ends; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize(("place", "allowed"), MAY_IMPORT.items(), ids=MAY_IMPORT)
def test_a_part_imports_only_what_stands_below_it(place: str, allowed: set[str]) -> None:
    assert modules(place)
    assert forbidden(place, allowed) == []


@pytest.mark.parametrize("function", functions())
def test_a_function_imports_itself_the_shared_layer_and_the_contracts(function: str) -> None:
    assert forbidden(function, {function.replace("/", "."), "lambdas.common", "schemas"}) == []


def test_every_folder_of_ops_has_its_place() -> None:
    folders = {folder.name for folder in (ROOT / "ops").iterdir() if any(folder.rglob("*.py"))}

    assert folders == {"console", "stage", "terminal", *SUBJECTS}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_of_ops_knows_no_console(subject: str) -> None:
    below = {f"ops.{each}" for each in (*SUBJECTS, "stage", "terminal", "checkout")}

    assert forbidden(f"ops/{subject}", {*below, "publishing", "schemas"}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(imports_at_start(ROOT)) == []


def test_subjects_of_ops_import_each_other_one_way() -> None:
    """A folder is read after those that it builds on, which no longer works where two build on each other."""
    subjects = {f"ops.{subject}": set[str]() for subject in SUBJECTS}
    for module, imports in imports_at_start(ROOT).items():
        of = ".".join(module.split(".")[:2])
        if of in subjects:
            subjects[of] |= {other for name in imports if (other := ".".join(name.split(".")[:2])) in subjects} - {of}

    assert circle(subjects) == []


def test_functions_and_the_shared_layer_meet_in_a_namespace() -> None:
    """With an `__init__.py` the function's `lambdas` would hide the layer's, or the other way round."""
    assert not (ROOT / "lambdas" / "__init__.py").exists()


def test_every_folder_of_lambdas_is_a_function_or_the_shared_layer() -> None:
    folders = {folder.name for folder in (ROOT / "lambdas").iterdir() if any(folder.rglob("*.py"))}

    assert folders == {function.removeprefix("lambdas/") for function in functions()} | {"common"}


@pytest.mark.parametrize("part", ["lambdas", "local", "ops", "stacks"])
def test_a_folder_has_few_enough_entries_to_be_read_at_a_glance(part: str) -> None:
    """But for `lambdas/` itself, which has a folder for each function."""
    folders = [
        path for path in (ROOT / part, *(ROOT / part).rglob("*")) if path.is_dir() and path.name != "__pycache__"
    ]

    entries = {
        str(folder.relative_to(ROOT)): sum(entry.name != "__pycache__" for entry in folder.iterdir())
        for folder in folders
        if folder != ROOT / "lambdas"
    }

    assert {folder: count for folder, count in entries.items() if count > MOST_ENTRIES} == {}


def test_a_forbidden_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "wrong.py").write_text("def f():\n    from stacks import stage\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert forbidden("schemas", {"schemas"}) == ["schemas/wrong.py imports stacks.stage"]


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "one.py").write_text("from schemas import two\n")
    (tmp_path / "schemas" / "two.py").write_text("from schemas.one import name\n")

    assert set(circle(imports_at_start(tmp_path))) == {"schemas.one", "schemas.two"}


@pytest.mark.parametrize(
    "later", ["if TYPE_CHECKING:\n    from schemas.one import name\n", "def f():\n    from schemas.one import name\n"]
)
def test_what_is_imported_for_types_or_later_makes_no_circle(tmp_path: Path, later: str) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "one.py").write_text("from schemas import two\n")
    (tmp_path / "schemas" / "two.py").write_text(later)

    assert circle(imports_at_start(tmp_path)) == []
