"""Compiling a layer: without byte code every cold start compiles it anew, which takes 2.4 to 3.5 times as long."""

import subprocess
from pathlib import Path

from stacks.errors import CannotSynthesizeError

PACKAGES = "python"
"""The folder of a layer that is on the path of Lambda's Pythons."""

_MOUNT = "/opt"
"""Where Lambda unpacks layers. Byte code names its source: by this path, it is the same wherever it was built."""


def compile_layer(layer: Path, *, python: Path, sources_stay: bool) -> None:
    """Compile all modules of a layer.

    Unchecked hashes, because the zip of a reproducible asset has no true timestamps to compare.

    Args:
        layer: with the sources.
        python: an interpreter of the target's version.
        sources_stay: beside their byte code, so that a traceback quotes their lines; else the byte code stands in
            their place, and a traceback names file, line and function alone.

    Raises:
        CannotSynthesizeError: a module does not compile.
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(layer), "-p", _MOUNT]
    if not sources_stay:
        options.append("-b")  # `module.pyc` beside `module.py`: from `__pycache__` Python takes none without its source
    run = subprocess.run(
        [python, "-I", "-m", "compileall", *options, layer / PACKAGES], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise CannotSynthesizeError(f"{python} cannot compile the layer: {run.stdout.strip()} {run.stderr.strip()}")
    if not sources_stay:
        for source in [*(layer / PACKAGES).rglob("*.py")]:
            source.unlink()
