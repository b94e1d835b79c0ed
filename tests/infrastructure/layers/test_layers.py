"""The contents of layers: compiled, stripped, reproducible, and complete or absent."""

import hashlib
import marshal
import os
import stat
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

import pytest

from app import ROOT
from stacks.errors import CannotSynthesizeError
from stacks.layers.cache import build_once
from stacks.layers.lock import LOCK, TEXTS, requirements_in
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target, target_for
from stacks.layers.unused import UNUSED
from tests.infrastructure.layers.test_interpreter import OTHER_PYTHON
from tests.infrastructure.test_stage import stage

MODULES = {
    "__init__.py": "def answer():\n    return {'one', 'two', 'three'}\n",
    "typed.py": "NAMES = frozenset({'a', 'b', 'c'})\n",
    "typed.pyi": "NAMES: frozenset[str]\n",
}


def wheel(folder: Path, package: str, extra_files: Mapping[str, str]) -> Path:
    """Write a wheel with a console script, so that no test needs a package index."""
    package = package.replace("-", "_")  # as in the names of wheels
    path = folder / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    files = {f"{package}/{name}": content for name, content in MODULES.items()} | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n\n# Read me\n\nIt is small.\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{package} = {package}:answer\n",
        f"{info}/licenses/LICENSE": "Do what you want.\n",
        **extra_files,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    return path


def lock(root: Path, *packages: str, unused: bool = True) -> None:
    """Add packages to a checkout's lock, with or without the files that layers leave out."""
    for package in packages:
        named = [path for each in UNUSED if each.package == package for path in each.paths]
        made = wheel(root, package, dict.fromkeys(named, "unused") if unused else {})
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        with (root / "requirements-layer.txt").open("a") as lines:
            lines.write(f"{package} @ {made.as_uri()} \\\n    --hash=sha256:{digest}\n    # via -r tests\n")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a checkout with one locked package and two modules."""
    root = tmp_path / "checkout"
    for name, content in {
        "lambdas/common/__init__.py": "",
        "lambdas/common/batch.py": "def process():\n    return None\n",
        "schemas/__init__.py": "",
        "schemas/published/booking.json": "{}",
        "schemas/__pycache__/stale.cpython-311.pyc": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    lock(root, "tiny")
    return root


@contextmanager
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def files(layer: Path) -> dict[str, bytes]:
    return {path.relative_to(layer).as_posix(): path.read_bytes() for path in layer.rglob("*") if path.is_file()}


def code(pyc: bytes) -> CodeType:
    loaded = marshal.loads(pyc[16:])  # noqa: S302 compiled by this test
    assert isinstance(loaded, CodeType)
    return loaded


def layers(root: Path, cache: Path, target: Target = HOST) -> BuiltLayers:
    return BuiltLayers(root, target, cache=cache)


def test_the_dependencies_layer_has_locked_packages_as_byte_code(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").dependencies())

    info = "python/tiny-1.0.dist-info"
    assert layer.keys() == {
        "python/tiny/__init__.pyc",
        "python/tiny/typed.pyc",
        f"{info}/METADATA",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
        f"{info}/licenses/LICENSE",
    }


def test_a_packages_metadata_is_kept_without_its_description(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").dependencies())

    metadata = layer["python/tiny-1.0.dist-info/METADATA"]
    assert metadata == b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"


def test_templates_and_time_zones_are_a_separate_layer(root: Path, tmp_path: Path) -> None:
    lock(root, *TEXTS)
    source = layers(root, tmp_path / "cache")

    texts, others = ({name.split("/")[1] for name in files(each)} for each in (source.texts(), source.dependencies()))

    assert texts == {
        name for each in TEXTS for package in [each.replace("-", "_")] for name in (package, f"{package}-1.0.dist-info")
    }
    assert others == {"tiny", "tiny-1.0.dist-info"}


def test_the_locks_header_comment_is_no_requirement() -> None:
    text = (ROOT / LOCK).read_text()

    found = requirements_in(ROOT / LOCK)

    assert text.startswith("# This file was autogenerated by uv")
    assert set(found) == {line.partition("==")[0] for line in text.splitlines() if "==" in line}


def test_a_lock_without_a_texts_package_is_refused(root: Path, tmp_path: Path) -> None:
    lock(root, *TEXTS - {"tzdata"})

    with pytest.raises(CannotSynthesizeError, match=r"requirements-layer\.txt has no tzdata"):
        layers(root, tmp_path / "cache").texts()


def test_unused_files_of_a_package_are_left_out(root: Path, tmp_path: Path) -> None:
    lock(root, "pydantic")

    layer = files(layers(root, tmp_path / "cache").dependencies())

    assert {name for name in layer if name.startswith("python/pydantic/")} == {
        "python/pydantic/__init__.pyc",
        "python/pydantic/typed.pyc",
    }


def test_a_missing_unused_file_is_an_error_that_names_the_package(root: Path, tmp_path: Path) -> None:
    lock(root, "pydantic", unused=False)

    with pytest.raises(CannotSynthesizeError, match=r"pydantic/v1 .* correct UNUSED in stacks\.layers\.unused"):
        layers(root, tmp_path / "cache").dependencies()


def test_the_common_layer_has_our_modules_and_no_lambdas_package(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").common())

    sources = {name for name in layer if not name.endswith(".pyc")}
    assert sources == {
        "python/lambdas/common/__init__.py",
        "python/lambdas/common/batch.py",
        "python/schemas/__init__.py",
    }


def test_every_module_is_compiled_with_an_unchecked_hash(root: Path, tmp_path: Path) -> None:
    source = layers(root, tmp_path / "cache")
    unchecked_hash = (1).to_bytes(4, "little")  # PEP 552

    contents = files(source.dependencies()) | files(source.common())

    compiled = {name: content for name, content in contents.items() if name.endswith(".pyc")}
    assert len(compiled) == 5
    assert {content[:8] for content in compiled.values()} == {MAGIC_NUMBER + unchecked_hash}


def test_byte_code_names_its_source_under_lambdas_layer_path(root: Path, tmp_path: Path) -> None:
    source = layers(root, tmp_path / "cache")

    ours = files(source.common())[f"python/lambdas/common/__pycache__/batch.{sys.implementation.cache_tag}.pyc"]
    theirs = files(source.dependencies())["python/tiny/typed.pyc"]

    assert code(ours).co_filename == "/opt/python/lambdas/common/batch.py"
    assert code(theirs).co_filename == "/opt/python/tiny/typed.py"


def test_builds_do_not_depend_on_folder_time_or_umask(root: Path, tmp_path: Path) -> None:
    one, other = layers(root, tmp_path / "one"), layers(root, tmp_path / "elsewhere" / "other")
    first = files(one.dependencies()), files(one.common())

    for path in root.rglob("*"):
        os.utime(path, (0, 0))
    with strict_umask():
        second = files(other.dependencies()), files(other.common())

    assert first == second


def test_a_layer_built_under_a_strict_umask_is_readable_by_all(root: Path, tmp_path: Path) -> None:
    source = layers(root, tmp_path / "cache")

    with strict_umask():
        folders = [source.dependencies(), source.common()]

    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o755}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o644}


def test_the_same_input_is_built_once(root: Path, tmp_path: Path) -> None:
    first = layers(root, tmp_path / "cache").dependencies()
    before = first.stat().st_mtime_ns

    again = layers(root, tmp_path / "cache").dependencies()

    assert again == first
    assert again.stat().st_mtime_ns == before


def test_a_changed_module_is_another_layer(root: Path, tmp_path: Path) -> None:
    before = layers(root, tmp_path / "cache").common()

    (root / "lambdas" / "common" / "batch.py").write_text("def process():\n    return 1\n")

    assert layers(root, tmp_path / "cache").common() != before


def test_a_package_with_another_hash_than_the_lock_is_refused(root: Path, tmp_path: Path) -> None:
    locked = root / "requirements-layer.txt"
    locked.write_text(locked.read_text().split("sha256:")[0] + "sha256:" + "0" * 64 + "\n")

    with pytest.raises(CannotSynthesizeError, match=r"requirements-layer\.txt cannot be installed"):
        layers(root, tmp_path / "cache").dependencies()


def test_a_module_that_does_not_compile_is_named(root: Path, tmp_path: Path) -> None:
    (root / "schemas" / "broken.py").write_text("def (:\n")

    with pytest.raises(CannotSynthesizeError, match=r"broken\.py"):
        layers(root, tmp_path / "cache").common()


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_once(tmp_path / "cache" / "layer", interrupted)

    assert list((tmp_path / "cache").iterdir()) == []


def test_the_later_of_two_concurrent_builds_uses_the_other(tmp_path: Path) -> None:
    layer = tmp_path / "cache" / "layer"

    def overtaken(folder: Path) -> None:
        (folder / "slow").touch()
        build_once(layer, lambda other: (other / "fast").touch())

    assert build_once(layer, overtaken) == layer
    assert list((tmp_path / "cache").rglob("*")) == [layer, layer / "fast"]


def test_a_missing_interpreter_is_an_error_that_says_how_to_get_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAMBDA_PYTHON", raising=False)
    nowhere = Target(python=OTHER_PYTHON, architecture="arm64", platform=None)

    with pytest.raises(CannotSynthesizeError, match=rf"uv python install {OTHER_PYTHON}.*LAMBDA_PYTHON="):
        layers(root, tmp_path / "cache", nowhere).dependencies()


def test_the_emulated_stage_targets_the_host_and_others_lambda() -> None:
    assert target_for(stage(stage="local")) == HOST
    assert {target_for(stage(stage=name)) for name in ("dev", "staging", "prod")} == {LAMBDA}
