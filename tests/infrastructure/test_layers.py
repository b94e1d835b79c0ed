"""The layers' contents: compiled, stripped, the same wherever they are built, and whole or not there at all."""

import hashlib
import marshal
import stat
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

import pytest

from stacks.failures import CannotSynthesizeError
from stacks.layers.cache import built
from stacks.layers.interpreter import interpreter
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target, target_of
from tests.infrastructure.test_stage import stage

OTHER_PYTHON = "2.0"
"""A version that no machine has any more."""


def wheel(folder: Path) -> Path:
    """A package with a console script, as pip and uv install it, so that no test needs an index."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny/__init__.py": "def answer():\n    return {'one', 'two', 'three'}\n",
        "tiny/typed.py": "NAMES = frozenset({'a', 'b', 'c'})\n",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "tiny-1.0.dist-info/entry_points.txt": "[console_scripts]\ntiny = tiny:answer\n",
    }
    record = "tiny-1.0.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(record, "".join(f"{name},,\n" for name in [*files, record]))
    return path


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
    package = wheel(root)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    (root / "requirements-layer.txt").write_text(f"tiny @ {package.as_uri()} --hash=sha256:{digest}\n")
    return root


def files(layer: Path) -> dict[str, bytes]:
    return {path.relative_to(layer).as_posix(): path.read_bytes() for path in layer.rglob("*") if path.is_file()}


def code(pyc: bytes) -> CodeType:
    loaded = marshal.loads(pyc[16:])  # noqa: S302 compiled by this test
    assert isinstance(loaded, CodeType)
    return loaded


def layers(root: Path, cache: Path, target: Target = HOST) -> BuiltLayers:
    return BuiltLayers(root, target, cache=cache)


def test_the_packages_layer_has_the_locks_packages_and_none_of_the_installers_notes(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").dependencies())

    info = "python/tiny-1.0.dist-info"
    sources = {name for name in layer if not name.endswith(".pyc")}
    assert sources == {
        "python/tiny/__init__.py",
        "python/tiny/typed.py",
        f"{info}/METADATA",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
    }


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
    assert len(compiled) == sum(name.endswith(".py") for name in contents) == 5
    assert {content[:8] for content in compiled.values()} == {MAGIC_NUMBER + unchecked_hash}


def test_byte_code_names_its_source_where_lambda_unpacks_it(root: Path, tmp_path: Path) -> None:
    layer = files(layers(root, tmp_path / "cache").common())

    tag = sys.implementation.cache_tag
    compiled = code(layer[f"python/lambdas/common/__pycache__/batch.{tag}.pyc"])

    assert compiled.co_filename == "/opt/python/lambdas/common/batch.py"


def test_two_builds_in_two_folders_are_equal(root: Path, tmp_path: Path) -> None:
    one, other = layers(root, tmp_path / "one"), layers(root, tmp_path / "elsewhere" / "other")

    assert files(one.dependencies()) == files(other.dependencies())
    assert files(one.common()) == files(other.common())


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
    lock = root / "requirements-layer.txt"
    lock.write_text(lock.read_text().split("sha256:")[0] + "sha256:" + "0" * 64 + "\n")

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


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_interpreter_that_is_named_comes_first(tmp_path: Path) -> None:
    named = executable(tmp_path / "mine", f"echo {OTHER_PYTHON}")

    assert interpreter(OTHER_PYTHON, environment={"LAMBDA_PYTHON": str(named)}, home=tmp_path) == named


def test_a_named_interpreter_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotSynthesizeError, match=f"is no Python {OTHER_PYTHON}"):
        interpreter(OTHER_PYTHON, environment={"LAMBDA_PYTHON": sys.executable}, home=tmp_path)


def test_a_shim_on_the_path_that_does_not_run_is_passed_over_for_pyenvs_own(tmp_path: Path) -> None:
    executable(tmp_path / "shims" / f"python{OTHER_PYTHON}", "exit 127")
    own = executable(
        tmp_path / ".pyenv" / "versions" / f"{OTHER_PYTHON}.1" / "bin" / f"python{OTHER_PYTHON}", f"echo {OTHER_PYTHON}"
    )

    found = interpreter(OTHER_PYTHON, environment={"PATH": str(tmp_path / "shims")}, home=tmp_path)

    assert found == own


def test_the_emulated_stage_fits_this_machine_and_the_others_fit_lambda() -> None:
    assert target_of(stage(stage="local")) == HOST
    assert {target_of(stage(stage=name)) for name in ("dev", "staging", "prod")} == {LAMBDA}
