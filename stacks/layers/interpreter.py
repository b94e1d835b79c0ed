"""Finds a Python of a given minor version and checks that it runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError

_TIMEOUT = 20
"""Seconds."""


def interpreter(version: str, *, environment: Mapping[str, str], home: Path) -> Path:
    """Find the interpreter that compiles the layers.

    Args:
        version: minor version, as in `3.13`.
        environment: `LAMBDA_PYTHON` names the interpreter; without it `PATH` is searched.
        home: the home folder, searched for pyenv's interpreters: `PATH` and uv show only those that are active.

    Raises:
        CannotSynthesizeError: no interpreter is found, or `LAMBDA_PYTHON` does not run or has another version.
    """
    named = environment.get("LAMBDA_PYTHON")
    if named:
        if python_version(Path(named)) != version:
            raise CannotSynthesizeError(
                f"LAMBDA_PYTHON={named} is no Python {version}: name one that runs, or unset it to have one looked for"
            )
        return Path(named)
    for candidate in _candidates(version, environment, home):
        if python_version(candidate) == version:
            return candidate
    raise CannotSynthesizeError(
        f"the layers' byte code needs a Python {version}, the functions' runtime, and none was found: "
        f"install one by `.venv/bin/uv python install {version}`, or name one by LAMBDA_PYTHON="
    )


def python_version(candidate: Path) -> str | None:
    """Ask an executable for its minor version; None if it does not run, as an inactive pyenv shim."""
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run(
            [candidate, "-I", "-c", script], capture_output=True, text=True, timeout=_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()


def _candidates(version: str, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{version}", path=environment.get("PATH", os.defpath))
    if on_path:
        yield Path(on_path)
    yield from _installed_by_uv(version)
    yield from sorted((home / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"), reverse=True)


def _installed_by_uv(version: str) -> Iterator[Path]:
    found = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--managed-python", "--no-python-downloads", version],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if found.returncode == 0:
        yield Path(found.stdout.strip())
