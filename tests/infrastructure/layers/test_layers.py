"""The layers' contents: compiled, stripped, the same wherever they are built, and whole or not there at all."""

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
from stacks.layers.cache import built
from stacks.layers.lock import LOCK, TEXTS, requirements_in
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target, target_of
from stacks.layers.unused import UNUSED
from tests.infrastructure.layers.test_interpreter import OTHER_PYTHON
from tests.infrastructure.test_stage import stage

MODULES = {
    "__init__.py": "def answer():\n    return {'one', 'two', 'three'}\n",
    "typed.py": "NAMES = frozenset({'a', 'b', 'c'})\n",
    "typed.pyi": "NAMES: frozenset[str]\n",
}


def wheel(folder: Path, package: str, besides: Mapping[str, str]) -> Path:
    """A package with a console script, as pip and uv install it, so that no test needs an index."""
    path = folder / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    files = {f"{package}/{name}": content for name, content in MODULES.items()} | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n\n# Read me\n\nIt is small.\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{package} = {package}:answer\n",
        f"{info}/licenses/LICENSE": "Do what you want.\n",
        **besides,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    return path


def lock(root: Path, *packages: str, unused: bool = True) -> None:
    """Put packages into a checkout's lock; with what each has that is left out of layers, or without it."""
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
    """A checkout with one package in its lock and two modules of its own."""
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


def test_the_packages_layer_has_the_locks_packages_as_byte_code_and_none_of_the_installers_notes(
    root: Path, tmp_path: Path
) -> None:
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


def test_templates_and_time_zones_are_a_layer_of_their_own(root: Path, tmp_path: Path) -> None:
    lock(root, *TEXTS)
    source = layers(root, tmp_path / "cache")

    texts, others = ({name.split("/")[1] for name in files(each)} for each in (source.texts(), source.dependencies()))

    assert texts == {name for package in TEXTS for name in (package, f"{package}-1.0.dist-info")}
    assert others == {"tiny", "tiny-1.0.dist-info"}


def test_how_the_lock_was_made_is_none_of_its_requirements() -> None:
    text = (ROOT / LOCK).read_text()

    found = requirements_in(ROOT / LOCK)

    assert text.startswith("# This file was autogenerated by uv")
    assert set(found) == {line.partition("==")[0] for line in text.splitlines() if "==" in line}


def test_a_lock_without_what_writers_carry_is_refused(root: Path, tmp_path: Path) -> None:
    lock(root, *TEXTS - {"tzdata"})

    with pytest.raises(CannotSynthesizeError, match=r"requirements-layer\.txt has no tzdata"):
        layers(root, tmp_path / "cache").texts()


def test_what_no_function_reads_of_a_package_is_left_out(root: Path, tmp_path: Path) -> None:
    lock(root, "urllib3")

    layer = files(layers(root, tmp_path / "cache").dependencies())

    assert {name for name in layer if name.startswith("python/urllib3/")} == {
        "python/urllib3/__init__.pyc",
        "python/urllib3/typed.pyc",
    }


def test_a_package_that_has_not_got_any_more_what_is_left_out_of_it_is_named(root: Path, tmp_path: Path) -> None:
    lock(root, "urllib3", unused=False)

    with pytest.raises(
        CannotSynthesizeError, match=r"urllib3/contrib/emscripten .* mend UNUSED in stacks\.layers\.unused"
    ):
        layers(root, tmp_path / "cache").dependencies()


def test_the_common_layer_has_our_own_modules_and_no_init_of_lambdas(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").common())

    sources = {name for name in layer if not name.endswith(".pyc")}
    assert sources == {
        "python/lambdas/common/__init__.py",
        "python/lambdas/common/batch.py",
        "python/schemas/__init__.py",
    }


def test_every_module_is_compiled_so_that_nothing_is_compared_at_a_cold_start(root: Path, tmp_path: Path) -> None:
    source = layers(root, tmp_path / "cache")
    unchecked_hash = (1).to_bytes(4, "little")  # PEP 552

    contents = files(source.dependencies()) | files(source.common())

    compiled = {name: content for name, content in contents.items() if name.endswith(".pyc")}
    assert len(compiled) == 5
    assert {content[:8] for content in compiled.values()} == {MAGIC_NUMBER + unchecked_hash}


def test_byte_code_names_its_source_where_lambda_unpacks_it(root: Path, tmp_path: Path) -> None:
    source = layers(root, tmp_path / "cache")

    ours = files(source.common())[f"python/lambdas/common/__pycache__/batch.{sys.implementation.cache_tag}.pyc"]
    theirs = files(source.dependencies())["python/tiny/typed.pyc"]

    assert code(ours).co_filename == "/opt/python/lambdas/common/batch.py"
    assert code(theirs).co_filename == "/opt/python/tiny/typed.py"


def test_two_builds_in_two_folders_of_two_times_under_two_umasks_are_equal(root: Path, tmp_path: Path) -> None:
    one, other = layers(root, tmp_path / "one"), layers(root, tmp_path / "elsewhere" / "other")
    first = files(one.dependencies()), files(one.common())

    for path in root.rglob("*"):
        os.utime(path, (0, 0))
    with strict_umask():
        second = files(other.dependencies()), files(other.common())

    assert first == second


def test_all_may_read_what_is_built_under_a_strict_umask(root: Path, tmp_path: Path) -> None:
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


def test_a_package_that_is_not_what_the_lock_says_is_refused(root: Path, tmp_path: Path) -> None:
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
        built(tmp_path / "cache" / "layer", interrupted)

    assert list((tmp_path / "cache").iterdir()) == []


def test_of_two_builds_at_the_same_time_the_second_takes_the_firsts(tmp_path: Path) -> None:
    layer = tmp_path / "cache" / "layer"

    def overtaken(folder: Path) -> None:
        (folder / "slow").touch()
        built(layer, lambda other: (other / "fast").touch())

    assert built(layer, overtaken) == layer
    assert list((tmp_path / "cache").rglob("*")) == [layer, layer / "fast"]


def test_without_an_interpreter_of_the_runtimes_version_the_answer_says_how_to_get_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAMBDA_PYTHON", raising=False)
    nowhere = Target(python=OTHER_PYTHON, architecture="arm64", platform=None)

    with pytest.raises(CannotSynthesizeError, match=rf"uv python install {OTHER_PYTHON}.*LAMBDA_PYTHON="):
        layers(root, tmp_path / "cache", nowhere).dependencies()


def test_the_emulated_stage_fits_this_machine_and_the_others_fit_lambda() -> None:
    assert target_of(stage(stage="local")) == HOST
    assert {target_of(stage(stage=name)) for name in ("dev", "staging", "prod")} == {LAMBDA}
