"""Imports between folders point one way and form no cycle.

From app to stacks to schemas, from a function to common to schemas, from local to ops to publishing to schemas. Inside
ops: from the console to the subjects, from subjects to the stage, from the stage to the terminal.
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
    # The page of text messages counts segments as the function does.
    "local": {"local", "ops", "publishing", "schemas", "lambdas.sms_send.segments"},
    "ops": {"ops", "publishing", "schemas"},
    "ops/terminal": {"ops.terminal", "ops.terminal.checkout", "schemas"},
    "ops/stage": {"ops.stage", "ops.terminal", "ops.terminal.checkout", "publishing", "schemas"},
}
"""Modules of this repository that each part may import.

Functions and subjects of ops are tested below; tests may import everything.
"""

SUBJECTS = (
    "causes",
    "conserve",
    "contracts",
    "cost",
    "dead_letters",
    "messages",
    "outcomes",
    "pauses",
    "preflight",
    "redo",
    "schedules",
    "status",
    "trace",
)
"""Folders of ops with commands, without the console, which uses all of them."""

OWN = {"app", "docs", "lambdas", "local", "ops", "publishing", "schemas", "stacks", "tests"}


MAX_ENTRIES = 15
"""Files and folders in one folder."""


def functions() -> list[str]:
    return sorted(f"lambdas/{handler.parent.name}" for handler in (ROOT / "lambdas").glob("*/handler.py"))


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """Yield every name that a file imports, at any level: `a.b` for `from a import b`."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(source), names=names, level=0):
                yield from (f"{source}.{name.name}" for name in names)
            case ast.ImportFrom():
                pytest.fail(
                    f"{module.relative_to(ROOT)}:{node.lineno} has a relative import, which this test cannot check"
                )


def forbidden(place: str, allowed: set[str]) -> list[str]:
    return [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(place)
        for name in imported(module)
        if name.split(".")[0] in OWN and not any(f"{name}.".startswith(f"{each}.") for each in allowed)
    ]


def imports_at_start(root: Path) -> Mapping[str, set[str]]:
    """Return our modules with those that they import at load time; imports for types or in functions are left out."""
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
    """Yield the names that statements import when their module is loaded."""
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
    """Return our module for `a.b` of `from a import b`: `a.b` or `a`; None for other modules."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in files), None)


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of a cycle, the first one at both ends; empty if there is no cycle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize(("place", "allowed"), MAY_IMPORT.items(), ids=MAY_IMPORT)
def test_a_part_imports_only_lower_layers(place: str, allowed: set[str]) -> None:
    assert modules(place)
    assert forbidden(place, allowed) == []


@pytest.mark.parametrize("function", functions())
def test_a_function_imports_only_its_folder_common_and_schemas(function: str) -> None:
    assert forbidden(function, {function.replace("/", "."), "lambdas.common", "schemas"}) == []


def test_every_folder_of_ops_is_listed() -> None:
    folders = {folder.name for folder in (ROOT / "ops").iterdir() if any(folder.rglob("*.py"))}

    assert folders == {"console", "stage", "terminal", *SUBJECTS}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_of_ops_does_not_import_the_console(subject: str) -> None:
    below = {f"ops.{each}" for each in (*SUBJECTS, "stage", "terminal", "checkout")}

    assert forbidden(f"ops/{subject}", {*below, "publishing", "schemas"}) == []


def test_no_modules_import_each_other_in_a_cycle() -> None:
    assert cycle(imports_at_start(ROOT)) == []


def test_subjects_of_ops_import_each_other_without_a_cycle() -> None:
    """A reader starts with the folders that a folder imports from; with a cycle there is no such order."""
    subjects = {f"ops.{subject}": set[str]() for subject in SUBJECTS}
    for module, imports in imports_at_start(ROOT).items():
        subject = ".".join(module.split(".")[:2])
        if subject in subjects:
            imported_subjects = {other for name in imports if (other := ".".join(name.split(".")[:2])) in subjects}
            subjects[subject] |= imported_subjects - {subject}

    assert cycle(subjects) == []


def test_lambdas_is_a_namespace_package() -> None:
    """With an `__init__.py`, one of the function's and the layer's `lambdas` would hide the other."""
    assert not (ROOT / "lambdas" / "__init__.py").exists()


def test_every_folder_of_lambdas_is_a_function_or_the_shared_layer() -> None:
    folders = {folder.name for folder in (ROOT / "lambdas").iterdir() if any(folder.rglob("*.py"))}

    assert folders == {function.removeprefix("lambdas/") for function in functions()} | {"common"}


@pytest.mark.parametrize("part", ["lambdas", "local", "ops", "stacks"])
def test_no_folder_has_more_than_fifteen_entries(part: str) -> None:
    """`lambdas/` and `ops/` are exempt: they have a folder for each function and for each subject."""
    folders = [
        path for path in (ROOT / part, *(ROOT / part).rglob("*")) if path.is_dir() and path.name != "__pycache__"
    ]

    entries = {
        str(folder.relative_to(ROOT)): sum(entry.name != "__pycache__" for entry in folder.iterdir())
        for folder in folders
        if folder not in {ROOT / "lambdas", ROOT / "ops"}
    }

    assert {folder: count for folder, count in entries.items() if count > MAX_ENTRIES} == {}


def test_a_forbidden_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "wrong.py").write_text("def f():\n    from stacks import stage\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    assert forbidden("schemas", {"schemas"}) == ["schemas/wrong.py imports stacks.stage"]


def test_a_cycle_is_found(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "one.py").write_text("from schemas import two\n")
    (tmp_path / "schemas" / "two.py").write_text("from schemas.one import name\n")

    assert set(cycle(imports_at_start(tmp_path))) == {"schemas.one", "schemas.two"}


@pytest.mark.parametrize(
    "later", ["if TYPE_CHECKING:\n    from schemas.one import name\n", "def f():\n    from schemas.one import name\n"]
)
def test_imports_for_types_or_inside_functions_make_no_cycle(tmp_path: Path, later: str) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "one.py").write_text("from schemas import two\n")
    (tmp_path / "schemas" / "two.py").write_text(later)

    assert cycle(imports_at_start(tmp_path)) == []
