"""Every installed package is locked by hash, without a host name, and is used."""

import json
import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from app import ROOT
from tests.supply_chain.locks import LAYER, NPM, PYTHON, Locked, asked_in, locked, npm_locked
from tests.supply_chain.uses import IMPORTED_BY, OF_NPM, RUN, Use, imported_by

LINE = re.compile(
    r"#.*"
    r"|[a-z0-9][a-z0-9.-]*==[\w.]+( ; [\w.' <>=!()]+)? \\"
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    r"|    # via( .+)?"
    r"|    #   .+"
)
"""A permitted line of a lock: a version, a hash, or a comment."""


def source_of(lock: str) -> Path:
    return (ROOT / lock).with_suffix(".in")


def with_included(source: Path) -> set[Path]:
    """A source and the sources that it includes by `-r`."""
    named = re.findall(r"^-r (.+)$", source.read_text(), re.MULTILINE)
    return {source, *(source.parent / name for name in named)}


def test_every_source_has_its_lock_and_the_makefile_writes_it() -> None:
    (names,) = re.findall(r"for name in (.+?); do \$\(LOCK\)", (ROOT / "Makefile").read_text())

    written = {f"requirements{name.strip(chr(34))}" for name in names.split()}

    assert written == {path.stem for path in ROOT.glob("requirements*.in")}
    assert written == {Path(lock).stem for lock in PYTHON} == {path.stem for path in ROOT.glob("requirements*.txt")}
    assert set(IMPORTED_BY) == set(RUN) == {path.name for path in ROOT.glob("requirements*.in")}


@pytest.mark.parametrize("lock", PYTHON)
def test_every_line_of_a_lock_is_a_version_or_a_hash(lock: str) -> None:
    assert [line for line in (ROOT / lock).read_text().splitlines() if not LINE.fullmatch(line)] == []


@pytest.mark.parametrize("lock", PYTHON)
def test_every_package_of_a_lock_has_a_hash(lock: str) -> None:
    packages = locked(ROOT / lock)

    assert len(packages) == len(re.findall(r"^[a-z0-9]", (ROOT / lock).read_text(), re.MULTILINE))
    assert [package.name for package in packages if not package.hashes] == []


@pytest.mark.parametrize("lock", PYTHON)
def test_a_lock_names_no_host_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert (
        re.findall(r"://|--(?:extra-)?index-url|find-links|trusted-host| @ |file:|/(?:home|root|opt|tmp)/", text) == []
    )


def test_the_lock_of_npm_has_a_hash_of_every_package_and_names_no_host() -> None:
    _, *packages = json.loads((ROOT / NPM).read_text())["packages"].items()

    assert [path for path, entry in packages if not re.fullmatch(r"sha512-[\w+/]{86}==", entry["integrity"])] == []
    assert [path for path, entry in packages if "resolved" in entry] == []


@pytest.mark.parametrize("lock", PYTHON)
def test_a_lock_has_exactly_the_packages_of_its_source_as_roots(lock: str) -> None:
    packages = locked(ROOT / lock)

    for source in with_included(source_of(lock)):
        assert {package.name for package in packages if source.name in package.asked_by} == asked_in(source)


@pytest.mark.parametrize("lock", PYTHON)
def test_every_other_package_of_a_lock_is_a_dependency_in_it(lock: str) -> None:
    packages = locked(ROOT / lock)
    names = {package.name for package in packages}

    assert [each.name for each in packages if not (each.asked_by or each.needed_by) or each.needed_by - names] == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_tested_is_what_is_deployed(lock: str) -> None:
    deployed = {package.name: package for package in locked(ROOT / LAYER)}
    tested = [package for package in locked(ROOT / lock) if package.name in deployed]

    assert tested
    assert [each for each in tested if each.version != deployed[each.name].version] == []
    assert [each for each in tested if each.hashes != deployed[each.name].hashes] == []


@pytest.mark.parametrize("source", IMPORTED_BY)
def test_every_package_that_is_asked_for_is_used(source: str) -> None:
    run = {use.package for use in RUN[source]}

    assert asked_in(ROOT / source) - imported_by(IMPORTED_BY[source]) - run == set()


@pytest.mark.parametrize("source", RUN)
def test_the_table_of_uses_has_only_listed_packages_without_imports(source: str) -> None:
    run = {use.package for use in RUN[source]}

    assert run <= asked_in(ROOT / source) - imported_by(IMPORTED_BY[source])


@pytest.mark.parametrize(
    "use", [*(use for uses in RUN.values() for use in uses), *OF_NPM], ids=lambda use: f"{use.package} in {use.file}"
)
def test_each_use_in_the_table_is_in_its_file(use: Use) -> None:
    assert use.text in (ROOT / use.file).read_text()


def test_every_listed_npm_package_is_used() -> None:
    asked = json.loads((ROOT / "package.json").read_text())

    assert sorted({**asked["dependencies"], **asked["devDependencies"]}) == [use.package for use in OF_NPM]
    assert {each.name for each in npm_locked(ROOT / NPM) if each.is_asked_for} == {use.package for use in OF_NPM}


def test_a_package_without_imports_is_found(tmp_path: Path) -> None:
    source = tmp_path / "requirements-layer.in"
    source.write_text("# for a look\n-c requirements.txt\npydantic\nleft_pad[all]>=1\n")

    assert asked_in(source) - imported_by(IMPORTED_BY["requirements-layer.in"]) == {"left-pad"}


def test_a_lock_is_parsed_completely(tmp_path: Path) -> None:
    lock = tmp_path / "requirements-a.txt"
    lock.write_text(
        "# This file was autogenerated\n"
        f"boto3==1.2 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
        "    # via -r requirements-a.in\n"
        f"six==1.17.0 ; python_version < '3.12' \\\n    --hash=sha256:{'c' * 64}\n"
        "    # via\n    #   -c requirements-b.txt\n    #   -r requirements-a.in\n    #   boto3\n"
    )

    boto3, six = locked(lock)

    assert boto3 == Locked(
        canonicalize_name("boto3"), "1.2", ("a" * 64, "b" * 64), frozenset({"requirements-a.in"}), frozenset()
    )
    assert six == Locked(
        canonicalize_name("six"), "1.17.0", ("c" * 64,), frozenset({"requirements-a.in"}), frozenset({boto3.name})
    )


def test_an_npm_dependency_is_looked_up_beside_its_package_first(tmp_path: Path) -> None:
    entry = {"version": "1.0.0", "integrity": "sha512-", "license": "MIT"}
    lock = tmp_path / "package-lock.json"
    lock.write_text(
        json.dumps(
            {
                "packages": {
                    "": {"dependencies": {"a": "1"}, "devDependencies": {}},
                    "node_modules/a": {**entry, "dependencies": {"@x/b": "1", "c": "1"}},
                    "node_modules/a/node_modules/@x/b": {**entry, "dependencies": {"c": "1"}},
                    "node_modules/@x/b": entry,
                    "node_modules/c": entry,
                }
            }
        )
    )

    assert [(each.name, each.needs, each.is_asked_for) for each in npm_locked(lock)] == [
        ("a", ("node_modules/a/node_modules/@x/b", "node_modules/c"), True),
        ("@x/b", ("node_modules/c",), False),
        ("@x/b", (), False),
        ("c", (), False),
    ]


def test_the_installer_itself_is_installed_by_its_hash_in_a_lock() -> None:
    makefile = (ROOT / "Makefile").read_text()

    (installed,) = (line for line in makefile.splitlines() if "pip install" in line)
    assert "--require-hashes --requirement .venv/uv.txt" in installed
    assert "sed -n '/^uv==/,/# via/p' requirements-dev.txt > .venv/uv.txt" in makefile
    (entry,) = re.findall(r"^uv==.*?# via", (ROOT / "requirements-dev.txt").read_text(), re.DOTALL | re.MULTILINE)
    assert entry.count("==") == 1
    assert "--hash=sha256:" in entry
