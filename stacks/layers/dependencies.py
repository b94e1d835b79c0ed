"""A layer of what the functions import of others: packages of the lock, stripped, as byte code alone."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError
from stacks.layers.byte_code import PACKAGES, compile_layer
from stacks.layers.lock import LOCK
from stacks.layers.target import Target
from stacks.layers.unused import paths_of

_UNREPRODUCIBLE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")
"""What an installer notes in a dist-info of itself and of this machine."""


def build_dependencies(
    layer: Path, *, requirements: Mapping[str, str], target: Target, python: Callable[[], Path]
) -> None:
    """Install packages into a layer's folder.

    They come without their sources, which nobody edits here, and which would make 3.7 MB of 3.1 (`zipped_size` in
    tests/layer_size.py, for Lambda). A traceback through them still names file, line and function, and quotes no line;
    what on-call reads is ours, and the common layer keeps it.

    Args:
        layer: an empty folder.
        requirements: with hashes, by the packages' names.
        target: what the packages must fit.
        python: gives the interpreter of the target's version.

    Raises:
        CannotSynthesizeError: a package cannot be had or has changed its shape, or there is no such interpreter.
    """
    compiler = python()
    packages = layer / PACKAGES
    install(packages, requirements, target, lock=LOCK)
    _strip(packages, requirements)
    compile_layer(layer, python=compiler, sources_stay=False)


def install(packages: Path, requirements: Mapping[str, str], target: Target, *, lock: str) -> None:
    """Install wheels as they are.

    Args:
        packages: the folder that takes them.
        requirements: with hashes, by the packages' names.
        target: what they must fit.
        lock: the name of the file that they stand in, for who has to mend it.

    Raises:
        CannotSynthesizeError: one cannot be had.
    """
    how = ["--quiet", "--no-progress", "--link-mode", "copy", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    runs_on = ["--python", sys.executable, "--python-version", target.python]
    if target.platform:
        runs_on += ["--python-platform", target.platform]
    run = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", *how, *runs_on, "--target", packages, "--requirement", "-"],
        input="".join(requirements.values()),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise CannotSynthesizeError(f"the packages of {lock} cannot be installed for a layer: {run.stderr.strip()}")


def _strip(packages: Path, installed: Mapping[str, str]) -> None:
    """Take away what the functions never read and what would differ between two machines."""
    unread = [
        packages / "bin",
        packages / ".lock",
        *packages.rglob("__pycache__"),
        *paths_of(installed, within=packages),
    ]
    notes = [info / name for info in packages.glob("*.dist-info") for name in _UNREPRODUCIBLE]
    for path in [*unread, *notes]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for metadata in packages.glob("*.dist-info/METADATA"):
        metadata.write_bytes(_headers(metadata.read_bytes()))


def _headers(metadata: bytes) -> bytes:
    """Without the description, which is the package's README; it begins after the first empty line, as a mail's body.

    Source: packaging.python.org, "Core metadata specifications".
    """
    head, _, _ = metadata.partition(b"\n\n")
    return head.rstrip(b"\n") + b"\n"
