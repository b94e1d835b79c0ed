"""The deployed layers are small and compiled for the target Python.

The tests build them as a deployment does, from uv's registry into the same cache.
"""

import json
import os
import py_compile
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import ROOT
from stacks.errors import CannotSynthesizeError
from stacks.layers.interpreter import interpreter
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target
from tests.infrastructure.layers import byte_code_check
from tests.layer_size import zipped_size

MB = 1_000_000
MAX_SIZE = 3.7 * MB
"""Bytes of the base layers, zipped. More than half of it is pydantic-core, whose machine code is larger for x86_64."""

MAX_SIZE_WITH_TEXTS = 5.6 * MB
"""Bytes of all layers, zipped. Formats of languages take an eighth of it, calendar files a tenth."""


@dataclass(frozen=True)
class Built:
    python: Path
    """An interpreter of the target's version."""

    dependencies: Path
    common: Path
    texts: Path


@pytest.fixture(scope="module", params=[HOST, LAMBDA], ids=["host", "lambda"])
def built(request: pytest.FixtureRequest) -> Built:
    target: Target = request.param
    try:
        python = interpreter(target.python, environment=os.environ, home=Path.home())
    except CannotSynthesizeError as error:
        pytest.skip(str(error))
    layers = BuiltLayers(ROOT, target, cache=ROOT / "build" / "layers")
    return Built(python, layers.dependencies(), layers.common(), layers.texts())


def test_the_base_layers_stay_within_the_size_limit(built: Built) -> None:
    assert zipped_size(built.dependencies) + zipped_size(built.common) <= MAX_SIZE


def test_all_layers_together_stay_within_the_size_limit(built: Built) -> None:
    assert sum(map(zipped_size, (built.dependencies, built.common, built.texts))) <= MAX_SIZE_WITH_TEXTS


def test_all_byte_code_is_valid_for_the_target_python(built: Built) -> None:
    folders = map(str, (built.dependencies, built.common, built.texts))

    check = subprocess.run(
        [str(built.python), "-I", byte_code_check.__file__, *folders], capture_output=True, text=True, check=True
    )

    assert json.loads(check.stdout) == []


def test_our_modules_are_compiled_beside_their_sources(built: Built) -> None:
    ours = built.common

    sources = sorted(path.relative_to(ours) for path in ours.rglob("*.py"))
    compiled = sorted(path.parent.parent.relative_to(ours) / path.name.split(".")[0] for path in ours.rglob("*.pyc"))

    assert [source.with_suffix("") for source in sources] == compiled


def test_third_party_modules_are_byte_code_only(built: Built) -> None:
    for packages in (built.dependencies, built.texts):
        assert [*packages.rglob("*.py"), *packages.rglob("__pycache__")] == []
        assert [*packages.rglob("*.pyc")]


@pytest.mark.parametrize(
    ("mode", "source_path", "fault"),
    [
        (py_compile.PycInvalidationMode.CHECKED_HASH, "/opt/python/money.py", "has no unchecked hash"),
        (py_compile.PycInvalidationMode.TIMESTAMP, "/opt/python/money.py", "has no unchecked hash"),
        (py_compile.PycInvalidationMode.UNCHECKED_HASH, "/build/money.py", "has the source path /build/money.py"),
    ],
)
def test_wrong_byte_code_is_found(
    mode: py_compile.PycInvalidationMode, source_path: str, fault: str, tmp_path: Path
) -> None:
    module = tmp_path / "python" / "money.py"
    module.parent.mkdir()
    module.write_text("CENTS = 100\n")

    compiled = py_compile.compile(str(module), dfile=source_path, invalidation_mode=mode)

    assert [*byte_code_check.faults(tmp_path)] == [f"{compiled} {fault}"]


def test_byte_code_of_another_source_is_found(tmp_path: Path) -> None:
    module = tmp_path / "python" / "money.py"
    module.parent.mkdir()
    module.write_text("CENTS = 100\n")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compiled = py_compile.compile(str(module), dfile="/opt/python/money.py", invalidation_mode=mode)

    module.write_text("CENTS = 1000\n")

    assert [*byte_code_check.faults(tmp_path)] == [f"{compiled} is of another source"]
