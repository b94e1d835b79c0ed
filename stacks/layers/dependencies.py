"""The layer of what the functions import of others: the lock's packages, stripped and compiled."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from stacks.failures import CannotSynthesizeError
from stacks.layers.byte_code import PACKAGES, compile_layer
from stacks.layers.target import Target

_UNREPRODUCIBLE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""What an installer notes in a dist-info of itself and of this machine."""


def build_dependencies(layer: Path, *, lock: Path, target: Target, python: Callable[[], Path]) -> None:
    """Install a lock into a layer's folder.

    Args:
        layer: an empty folder.
        lock: a hashed requirements file.
        target: what the packages must fit.
        python: gives the interpreter of the target's version.

    Raises:
        CannotSynthesizeError: a package cannot be had, or there is no such interpreter.
    """
    compiler = python()
    packages = layer / PACKAGES
    _install(packages, lock, target)
    _strip(packages)
    compile_layer(layer, python=compiler)


def _install(packages: Path, lock: Path, target: Target) -> None:
    how = ["--quiet", "--no-progress", "--link-mode", "copy", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    runs_on = ["--python", sys.executable, "--python-version", target.python]
    if target.platform:
        runs_on += ["--python-platform", target.platform]
    run = subprocess.run(  # noqa: S603 arguments of our own
        [sys.executable, "-m", "uv", "pip", "install", *how, *runs_on, "--target", packages, "--requirement", lock],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise CannotSynthesizeError(
            f"the packages of {lock.name} cannot be installed for a layer: {run.stderr.strip()}"
        )


def _strip(packages: Path) -> None:
    """Take away what the functions never read and what would differ between two machines."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    for info in packages.glob("*.dist-info"):
        for name in _UNREPRODUCIBLE:
            (info / name).unlink(missing_ok=True)
    for cache in [*packages.rglob("__pycache__")]:
        shutil.rmtree(cache)
