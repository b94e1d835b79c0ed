"""Write the commands of `[project.scripts]` into this checkout's environment; `make setup` runs it.

An editable install would do this too, but it builds with a setuptools that no lock file names.
"""

import shlex
import sys
import tomllib
from pathlib import Path

from ops.terminal.checkout import ROOT

_SCRIPT = """#!/bin/sh
''':'
exec {python} -I "$0" "$@"
'''
import sys
sys.path.insert(0, {root!r})
from {module} import {function}
{function}()
"""
"""A script for sh and for Python, as a `#!` line takes no path with a space. -I ignores the current folder's files."""


def install(folder: Path, *, python: Path, root: Path = ROOT) -> None:
    """Write an executable for each script that `pyproject.toml` declares.

    Args:
        folder: where to, such as `.venv/bin`.
        python: the interpreter that has this project's packages.
        root: the checkout.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, target in project["scripts"].items():
        module, _, function = target.partition(":")
        text = _SCRIPT.format(python=shlex.quote(str(python)), root=str(root), module=module, function=function)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)


if __name__ == "__main__":
    install(Path(sys.executable).parent, python=Path(sys.executable))
