"""The interpreter that compiles the layers runs; one named by LAMBDA_PYTHON takes precedence."""

import stat
import sys
from pathlib import Path

import pytest

from stacks.errors import CannotSynthesizeError
from stacks.layers.interpreter import interpreter

OTHER_PYTHON = "2.0"
"""A version that no machine has."""


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_interpreter_named_by_lambda_python_is_used(tmp_path: Path) -> None:
    named = executable(tmp_path / "mine", f"echo {OTHER_PYTHON}")

    assert interpreter(OTHER_PYTHON, environment={"LAMBDA_PYTHON": str(named)}, home=tmp_path) == named


def test_a_named_interpreter_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotSynthesizeError, match=f"is no Python {OTHER_PYTHON}"):
        interpreter(OTHER_PYTHON, environment={"LAMBDA_PYTHON": sys.executable}, home=tmp_path)


def test_a_shim_that_does_not_run_is_skipped_for_pyenvs_interpreter(tmp_path: Path) -> None:
    executable(tmp_path / "shims" / f"python{OTHER_PYTHON}", "exit 127")
    own = executable(
        tmp_path / ".pyenv" / "versions" / f"{OTHER_PYTHON}.1" / "bin" / f"python{OTHER_PYTHON}", f"echo {OTHER_PYTHON}"
    )

    found = interpreter(OTHER_PYTHON, environment={"PATH": str(tmp_path / "shims")}, home=tmp_path)

    assert found == own
