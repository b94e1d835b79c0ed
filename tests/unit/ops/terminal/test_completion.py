"""Completion of the command line's words."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.command_line import PROGRAM, app
from ops.stage.names import configured
from ops.stage.services import DEAD_LETTER_SOURCES, SERVICES
from ops.terminal.checkout import ROOT
from schemas.catalogue import BY_NAME

COMPLETE = "_TALY_ASYNC_COMPLETE"


@pytest.fixture(autouse=True)
def _aws_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[default]\n[profile dev-admin]\n[profile with space]\n[profile $(reboot)]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def completed(line: str) -> list[str]:
    """The candidates that bash gets at the end of a line."""
    words = f"{PROGRAM} {line}"
    environment = {COMPLETE: "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    return CliRunner().invoke(app, env=environment, prog_name=PROGRAM).stdout.split()


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("redr", ["redrive"]),
        ("dead-letters ", ["list", "show", "export"]),
        ("redrive ", list(DEAD_LETTER_SOURCES)),
        ("tail --type ", list(SERVICES)),
        ("send ", list(BY_NAME)),
        ("redrive email.send --cau", ["--cause"]),
        ("redrive email.send --reason at", ["attempts_exhausted"]),
        ("discard email.send --reason cr", ["crashed"]),
        ("tail --outcome de", ["deferred", "dead_lettered"]),
        ("status --stage ", list(configured())),
        ("status --region eu-west-", ["eu-west-1", "eu-west-2", "eu-west-3"]),
        ("validate mess", []),
        ("redrive --nosuch", []),
    ],
)
def test_completion_offers_the_words_that_may_follow(line: str, candidates: list[str]) -> None:
    assert completed(line) == candidates


def test_a_profile_that_a_shell_would_expand_is_not_offered() -> None:
    assert completed("status --profile ") == ["default", "dev-admin"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_can_install_completion_of_the_program(shell: str) -> None:
    shown = CliRunner().invoke(app, ["--show-completion", shell], prog_name=PROGRAM)

    assert shown.exit_code == 0
    assert COMPLETE in shown.stdout
    assert PROGRAM in shown.stdout


def test_completion_imports_neither_boto3_nor_the_catalogue() -> None:
    code = "import ops.command_line, sys; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"boto3", "botocore", "schemas.catalogue", "ops.stage.deployed"} & set(found.stdout.split())
