"""Builds a layer of third-party packages: installed from the lock, stripped, and compiled to byte code only."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError
from stacks.layers.byte_code import PACKAGES, compile_layer
from stacks.layers.lock import LOCK
from stacks.layers.target import Target
from stacks.layers.unused import unused_paths

_UNREPRODUCIBLE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""Files in which an installer records itself and the machine it ran on, in a dist-info folder."""


def build_dependencies(
    layer: Path, *, requirements: Mapping[str, str], target: Target, python: Callable[[], Path]
) -> None:
    """Install packages into a layer's folder.

    Sources are removed: with them the layer has 3.2 MB instead of 2.8 (`zipped_size` in tests/layer_size.py, for
    Lambda). A traceback through a package names file, line number and function without quoting the line.

    Args:
        layer: an empty folder.
        requirements: lines of the lock, with hashes, by package name.
        target: the platform that the packages are installed for.
        python: returns an interpreter of the target's version.

    Raises:
        CannotSynthesizeError: a package cannot be installed or lacks a file that is to be removed, or there is no such
            interpreter.
    """
    compiler = python()
    packages = layer / PACKAGES
    install(packages, requirements, target, lock=LOCK)
    _strip(packages, requirements)
    compile_layer(layer, python=compiler, keep_sources=False)


def install(packages: Path, requirements: Mapping[str, str], target: Target, *, lock: str) -> None:
    """Install wheels without building any package.

    Args:
        packages: the folder to install into.
        requirements: lines of the lock, with hashes, by package name.
        target: the platform that the packages are installed for.
        lock: name of the lock file, for the error.

    Raises:
        CannotSynthesizeError: a package cannot be installed.
    """
    options = [
        "--quiet",
        "--no-progress",
        "--link-mode",
        "copy",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    platform = ["--python", sys.executable, "--python-version", target.python]
    if target.platform:
        platform += ["--python-platform", target.platform]
    run = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", *options, *platform, "--target", packages, "--requirement", "-"],
        input="".join(requirements.values()),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise CannotSynthesizeError(f"the packages of {lock} cannot be installed for a layer: {run.stderr.strip()}")


def _strip(packages: Path, installed: Mapping[str, str]) -> None:
    """Remove files that no function reads and files that differ between two machines."""
    unread = [
        packages / "bin",
        packages / ".lock",
        *packages.rglob("__pycache__"),
        *unused_paths(installed, within=packages),
    ]
    installer_records = [info / name for info in packages.glob("*.dist-info") for name in _UNREPRODUCIBLE]
    for path in [*unread, *installer_records]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for metadata in packages.glob("*.dist-info/METADATA"):
        metadata.write_bytes(_headers(metadata.read_bytes()))


def _headers(metadata: bytes) -> bytes:
    """Return the metadata without the description (the README), which begins after the first empty line.

    Source: packaging.python.org, "Core metadata specifications".
    """
    head, _, _ = metadata.partition(b"\n\n")
    return head.rstrip(b"\n") + b"\n"
