"""The layers contain exactly the packages of their lock: every file is compared with its wheel's."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from app import ROOT
from stacks.errors import CannotSynthesizeError
from stacks.layers.interpreter import interpreter
from stacks.layers.lock import TEXTS
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target
from tests.supply_chain.content import NotOfTheLockError, differences, rebuilt
from tests.supply_chain.locks import LAYER, Locked, locked


@pytest.fixture(scope="module", params=[HOST, LAMBDA], ids=["host", "lambda"])
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.param
    return found


@pytest.fixture(scope="module")
def python(target: Target) -> Path:
    try:
        return interpreter(target.python, environment=os.environ, home=Path.home())
    except CannotSynthesizeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def layers(target: Target) -> BuiltLayers:
    return BuiltLayers(ROOT, target, cache=ROOT / "build" / "layers")


def packages(*, are_texts: bool) -> list[Locked]:
    return [package for package in locked(ROOT / LAYER) if (package.name in TEXTS) is are_texts]


def test_a_layer_of_dependencies_is_its_lock(layers: BuiltLayers, target: Target, python: Path, tmp_path: Path) -> None:
    expected = rebuilt(packages(are_texts=False), tmp_path, python=python)

    assert differences(layers.dependencies(), expected, is_this_machines=target is HOST) == []


def test_a_layer_of_texts_is_its_lock(layers: BuiltLayers, target: Target, python: Path, tmp_path: Path) -> None:
    expected = rebuilt(packages(are_texts=True), tmp_path, python=python)

    assert differences(layers.texts(), expected, is_this_machines=target is HOST) == []


@pytest.fixture(scope="module")
def texts() -> Path:
    return BuiltLayers(ROOT, HOST, cache=ROOT / "build" / "layers").texts()


def test_a_changed_layer_is_refused(texts: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    shutil.copytree(texts, layer)
    compiled = layer / "python" / "jinja2" / "filters.pyc"
    compiled.write_bytes(compiled.read_bytes().replace(b"do_upper", b"do_lower"))
    (layer / "python" / "sitecustomize.py").write_text("print('hello')\n")
    (layer / "python" / "tzdata" / "zoneinfo" / "Europe" / "Berlin").unlink()

    assert differences(layer, texts, is_this_machines=True) == [
        "python/sitecustomize.py is in no wheel of the lock",
        "python/tzdata/zoneinfo/Europe/Berlin is missing",
        "python/jinja2/filters.pyc is not as its wheel has it",
    ]


def test_another_version_than_the_locks_is_refused(tmp_path: Path) -> None:
    (package,) = (each for each in locked(ROOT / LAYER) if each.name == "tzdata")
    other = replace(package, version="2020.1")

    with pytest.raises(NotOfTheLockError, match=r"tzdata is locked as 2020\.1 and installed as "):
        rebuilt([other], tmp_path, python=Path(os.devnull))


def test_a_file_that_differs_from_its_wheel_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "taly_money-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: taly-money\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"taly_money.py,sha256={'A' * 43},12\ntaly_money-1.0.dist-info/RECORD,,\n")
    (tmp_path / "taly_money.py").write_text("CENTS = 100\n")
    monkeypatch.syspath_prepend(tmp_path)
    package = Locked(canonicalize_name("taly-money"), "1.0", (), frozenset(), frozenset())

    with pytest.raises(NotOfTheLockError, match=r"taly_money\.py is not as the RECORD of taly-money 1\.0 has it"):
        rebuilt([package], tmp_path / "layer", python=Path(os.devnull))
