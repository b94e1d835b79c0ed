"""Ctrl-C while a program is being imported ends it without a traceback."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.terminal.checkout import ROOT
from ops.terminal.install import install

STATUS = ["status", "--stage", "dev"]
OF_OPS = ["tomllib", "rich.text", "rich.console", "typer.main", "ops.command_line", "boto3", "ops.status.status"]
OF_LOCAL = ["inspect", "rich.text", "rich.console", "typer.main", "local.command_line"]
"""Modules in the order in which they are imported: the signal arrives when one has been."""


def interrupted(command: list[str], imported: str) -> tuple[int, list[str]]:
    """Interrupt a program as soon as it has imported a module; returns the exit code and what it then printed."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            while process.stderr.readline().rpartition("|")[2].strip() != imported:
                assert process.poll() is None, f"{imported} was not imported"
            process.send_signal(signal.SIGINT)
            _, printed = process.communicate(timeout=60)
        finally:
            process.kill()
    # The signal can end the program between two parts of a line about an import.
    return process.returncode, [
        line for line in printed.splitlines() if not re.match("import time:|[ 0-9|]* \\|", line)
    ]


@pytest.mark.parametrize("imported", OF_OPS)
def test_the_operators_program_ends_at_once(imported: str) -> None:
    code, printed = interrupted(["-m", "ops", *STATUS], imported)

    assert code == 128 + signal.SIGINT
    assert printed in ([], ["Stopped: nothing that was started here is left running."])


@pytest.mark.parametrize("imported", ["tomllib", "rich.console", "boto3"])
def test_the_installed_program_ends_at_once(imported: str, tmp_path: Path) -> None:
    install(tmp_path, python=Path(sys.executable))

    code, printed = interrupted([str(tmp_path / "taly-async"), *STATUS], imported)

    assert code == 128 + signal.SIGINT
    assert printed in ([], ["Stopped: nothing that was started here is left running."])


@pytest.mark.parametrize("imported", OF_LOCAL)
def test_the_local_stage_s_program_ends_at_once(imported: str) -> None:
    code, printed = interrupted(["-m", "local", "--help"], imported)

    assert (code, printed) == (128 + signal.SIGINT, [])
