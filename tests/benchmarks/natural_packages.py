"""The packages of the natural handler: what `pip install aws-lambda-powertools[parser] rfc8785` would bring.

In the versions that are locked here, for a given target, with nothing taken out.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from stacks.layers.byte_code import PACKAGES
from stacks.layers.cache import built, digest
from stacks.layers.target import Target

LOCK = Path(__file__).parents[2] / "requirements-dev.txt"
"""It locks all that the layer's lock does, whatever the layer leaves out."""

NAMES = {
    "annotated-types",
    "aws-lambda-powertools",
    "jmespath",
    "pydantic",
    "pydantic-core",
    "rfc8785",  # of the contracts: ids are made of it
    "typing-extensions",
    "typing-inspection",
}


class CannotInstallError(Exception):
    """The packages cannot be had."""


def natural_packages(build: Path, target: Target, *, compiled_by: Path | None = None) -> Path:
    """A folder with the packages below `python`, as a layer has them; installed once for the same lock and target.

    Args:
        build: takes the folder.
        target: what the packages must fit.
        compiled_by: an interpreter of the target's version; none: nothing is compiled.

    Raises:
        CannotInstallError: there is no package registry, and they are in no cache.
    """
    requirements = "".join(locked().values())
    name = digest([requirements, repr(target), Path(__file__).read_bytes()])
    plain = built(build / f"natural-{name}", partial(_install, requirements=requirements, target=target))
    if compiled_by is None:
        return plain
    return built(build / f"natural-{name}-compiled", partial(_compile, plain=plain, python=compiled_by))


def compile_all(*folders: Path, python: Path) -> None:
    """As layers are compiled: by hashes that nobody checks."""
    options = ["-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([python, "-I", "-m", "compileall", *options, *folders], check=True)  # noqa: S603 our own folders


def _compile(layer: Path, *, plain: Path, python: Path) -> None:
    shutil.copytree(plain, layer, dirs_exist_ok=True)
    compile_all(layer / PACKAGES, python=python)


def locked() -> Mapping[str, str]:
    """What the lock says of these packages, by name: a line that begins with it, and the indented ones after it."""
    parts = {part.partition("==")[0]: part for part in re.split("(?m)^(?=[a-z0-9])", LOCK.read_text())}
    return {name: part for name, part in parts.items() if name in NAMES}


def _install(layer: Path, *, requirements: str, target: Target) -> None:
    lock = layer / "requirements.txt"
    lock.write_text(requirements)
    how = ["--quiet", "--no-progress", "--link-mode", "copy", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    runs_on = ["--python", sys.executable, "--python-version", target.python]
    if target.platform:
        runs_on += ["--python-platform", target.platform]
    run = subprocess.run(  # noqa: S603 arguments of our own
        [sys.executable, "-m", "uv", "pip", "install", *how, *runs_on, "--target", layer / PACKAGES, "-r", lock],
        capture_output=True,
        text=True,
        check=False,
    )
    lock.unlink()
    if run.returncode:
        raise CannotInstallError(f"the natural handler's packages cannot be installed: {run.stderr.strip()}")
