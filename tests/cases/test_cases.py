"""What customers met: each case is a script that exits 0 once it is as it should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import ROOT

FOLDER = Path(__file__).parent
SECONDS = 60
MENDED_BY = {
    "23_beside_an_applications_own_schemas": 26,
}
"""The issue that mends a case, for those that fail today. One that passes is taken off the list: it is failed here."""


class DoesNotHoldError(AssertionError):
    """A case ran to its end, and what it asserts does not hold."""


def scripts() -> list[Path]:
    """The cases: all scripts of the folder but what they share."""
    return sorted(file for file in FOLDER.iterdir() if file.suffix in {".py", ".sh"} and file.stem[0].isdigit())


def case(script: Path) -> object:
    number = MENDED_BY.get(script.stem)
    fails = pytest.mark.xfail(strict=True, raises=DoesNotHoldError, reason=f"issue {number} mends it")
    return pytest.param(script, id=script.stem, marks=[fails] if number else [])


@pytest.mark.parametrize("script", [case(script) for script in scripts()])
def test_case(script: Path) -> None:
    program = sys.executable if script.suffix == ".py" else "bash"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    ended = subprocess.run(
        [program, str(script)],
        cwd=ROOT,
        env={**environment, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    said = ended.stdout + ended.stderr
    if ended.returncode and ended.stdout.startswith("FAIL"):
        raise DoesNotHoldError(said)
    assert ended.returncode == 0, said
    assert ended.stdout.startswith("ok"), said


def test_every_script_of_the_folder_is_in_the_run() -> None:
    beside = {"kit.py", Path(__file__).name}

    assert {file.name for file in FOLDER.iterdir() if file.is_file()} == {file.name for file in scripts()} | beside


def test_every_case_that_an_issue_mends_is_there() -> None:
    assert MENDED_BY.keys() <= {script.stem for script in scripts()}
