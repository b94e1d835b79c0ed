"""Compiles a layer to byte code; without it every cold start compiles the layer and takes 2.4 to 3.5 times as long."""

import subprocess
from pathlib import Path

from stacks.errors import CannotSynthesizeError

PACKAGES = "python"
"""The folder of a layer that Lambda puts on `sys.path` for every Python runtime."""

_MOUNT = "/opt"
"""Where Lambda unpacks layers. Byte code names its source by this path, so it does not depend on the build folder."""


def compile_layer(layer: Path, *, python: Path, keep_sources: bool) -> None:
    """Compile all modules of a layer with unchecked hashes: the zip of a reproducible asset has no true timestamps.

    Args:
        layer: folder of the layer, with the sources.
        python: an interpreter of the target's version.
        keep_sources: keep sources beside their byte code, so that a traceback quotes lines. Otherwise byte code
            replaces them, and a traceback has only file, line number and function.

    Raises:
        CannotSynthesizeError: a module does not compile.
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(layer), "-p", _MOUNT]
    if not keep_sources:
        options.append("-b")  # writes `module.pyc` beside `module.py`: Python ignores `__pycache__` without a source
    run = subprocess.run(
        [python, "-I", "-m", "compileall", *options, layer / PACKAGES], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise CannotSynthesizeError(f"{python} cannot compile the layer: {run.stdout.strip()} {run.stderr.strip()}")
    if not keep_sources:
        for source in [*(layer / PACKAGES).rglob("*.py")]:
            source.unlink()
