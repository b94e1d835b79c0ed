"""The packages of the natural handler: those of `pip install aws-lambda-powertools[parser] rfc8785`.

They have the versions that are locked here, for a given target, and are not reduced.
"""

import shutil
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from stacks.layers import dependencies
from stacks.layers.byte_code import PACKAGES
from stacks.layers.cache import build_once, digest
from stacks.layers.lock import requirements_in
from stacks.layers.target import Target

LOCK = Path(__file__).parents[2] / "requirements-dev.txt"
"""Locks all packages of the layer's lock, and those that the layer leaves out."""

NAMES = {
    "annotated-types",
    "aws-lambda-powertools",
    "jmespath",
    "pydantic",
    "pydantic-core",
    "rfc8785",  # used by the contracts for ids
    "typing-extensions",
    "typing-inspection",
}


def natural_packages(build: Path, target: Target, *, compiled_by: Path | None = None) -> Path:
    """A folder with the packages under `python`, as in a layer; installed once for the same lock and target.

    Args:
        build: the parent folder.
        target: the Python and processor for which packages are chosen.
        compiled_by: an interpreter of the target's version; None compiles nothing.

    Raises:
        CannotSynthesizeError: there is no package registry, and the packages are not cached.
    """
    requirements = locked()
    recipe = [Path(file).read_bytes() for file in (__file__, dependencies.__file__)]
    name = digest([*requirements.values(), repr(target), *recipe])
    plain = build_once(build / f"natural-{name}", partial(_install, requirements=requirements, target=target))
    if compiled_by is None:
        return plain
    return build_once(build / f"natural-{name}-compiled", partial(_compile, plain=plain, python=compiled_by))


def compile_all(*folders: Path, python: Path) -> None:
    """Compile as layers are compiled: with hashes that are not checked."""
    options = ["-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([python, "-I", "-m", "compileall", *options, *folders], check=True)


def _compile(layer: Path, *, plain: Path, python: Path) -> None:
    shutil.copytree(plain, layer, dirs_exist_ok=True)
    compile_all(layer / PACKAGES, python=python)


def locked() -> Mapping[str, str]:
    """The lock's requirements for these packages, by name."""
    return {name: requirement for name, requirement in requirements_in(LOCK).items() if name in NAMES}


def _install(layer: Path, *, requirements: Mapping[str, str], target: Target) -> None:
    dependencies.install(layer / PACKAGES, requirements, target, lock=LOCK.name)
