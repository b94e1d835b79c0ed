"""Finding a Python of a given minor version that really runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stacks.errors import CannotSynthesizeError

_SECONDS = 20


def interpreter(version: str, *, environment: Mapping[str, str], home: Path) -> Path:
    """The interpreter that compiles the layers.

    Args:
        version: minor version, as in `3.13`.
        environment: `LAMBDA_PYTHON` names the interpreter, else `PATH` is searched.
        home: where pyenv keeps its own, which neither PATH nor uv shows unless they are active.

    Raises:
        CannotSynthesizeError: there is none, or `LAMBDA_PYTHON` is none.
    """
    named = environment.get("LAMBDA_PYTHON")
    if named:
        if version_of(Path(named)) != version:
            raise CannotSynthesizeError(
                f"LAMBDA_PYTHON={named} is no Python {version}: name one that runs, or unset it to have one looked for"
            )
        return Path(named)
    for candidate in _candidates(version, environment, home):
        if version_of(candidate) == version:
            return candidate
    raise CannotSynthesizeError(
        f"the layers' byte code needs a Python {version}, the functions' runtime, and none was found: "
        f"install one by `.venv/bin/uv python install {version}`, or name one by LAMBDA_PYTHON="
    )


def version_of(candidate: Path) -> str | None:
    """The minor version of what calls itself a Python; None if it does not run (pyenv's shims are such)."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [candidate, "-I", "-c", question], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _candidates(version: str, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{version}", path=environment.get("PATH", os.defpath))
    if on_path:
        yield Path(on_path)
    yield from _of_uv(version)
    yield from sorted((home / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"), reverse=True)


def _of_uv(version: str) -> Iterator[Path]:
    found = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--managed-python", "--no-python-downloads", version],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if found.returncode == 0:
        yield Path(found.stdout.strip())
