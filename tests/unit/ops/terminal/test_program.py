"""The program: its version, the help of every command, its installation."""

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ops.command_line import PROGRAM, app
from ops.terminal.checkout import ROOT
from ops.terminal.install import install

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WIDE = {"COLUMNS": "200"}


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of each command, such as `dead-letters list`."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


COMMANDS = list(commands(typer.main.get_command(app)))


def helped(*words: str) -> str:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name=PROGRAM, env=WIDE)
    assert shown.exit_code == 0
    return shown.stdout


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_that_it_accepts(words: tuple[str, ...]) -> None:
    (line,) = [line for line in helped(*words).splitlines() if "Example: " in line]
    example = shlex.split(line.partition("Example: ")[2])

    assert tuple(example[: len(words) + 1]) == (PROGRAM, *words)
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]  # type: ignore[attr-defined]  # all but the last are groups
    command.make_context(words[-1], example[len(words) + 1 :])


@pytest.mark.parametrize("words", [(), ("contracts",), ("dead-letters",), ("schedules",)], ids=" ".join)
def test_every_group_has_an_example_that_its_command_accepts(words: tuple[str, ...]) -> None:
    (line,) = [line for line in helped(*words).splitlines() if "Example: " in line]
    program, *example = shlex.split(line.partition("Example: ")[2])

    assert (program, tuple(example[: len(words)])) == (PROGRAM, words)
    command = typer.main.get_command(app)
    for word in example[: len(words) + 1]:
        command = command.commands[word]  # type: ignore[attr-defined]  # all but the last are groups
    command.make_context(example[len(words)], example[len(words) + 1 :])


@pytest.mark.parametrize("words", [(), ("dead-letters",), *COMMANDS], ids=" ".join)
def test_no_help_names_the_type_of_a_flag(words: tuple[str, ...]) -> None:
    assert "bool" not in helped(*words)


@pytest.mark.parametrize("words", [(), ("schedules",), ("schedules", "run")], ids=" ".join)
def test_h_is_short_for_help(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, [*words, "-h"], prog_name=PROGRAM, env=WIDE).stdout == helped(*words)


def test_commands_are_grouped_by_what_they_are_for() -> None:
    panels = [line.split()[1] for line in helped().splitlines() if line.startswith("╭")]

    assert panels == ["Options", "Publish", "Inspect", "Repair", "Plan"]


@pytest.mark.parametrize("words", [("discard",), ("redo",), ("replay",), ("schedules", "cancel"), ("schedules", "run")])
def test_every_command_that_asks_can_be_answered_on_its_line(words: tuple[str, ...]) -> None:
    assert "--yes" in helped(*words)
    assert "-y" in helped(*words)


def test_the_version_is_the_project_s() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"taly-async {PROJECT['version']}\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The installed program, in a folder whose name needs quotes."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    install(folder, python=Path(sys.executable))
    return folder / PROGRAM


def run(*command: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_the_installed_program_works_on_files_of_the_current_folder(program: Path, tmp_path: Path) -> None:
    (tmp_path / "message.json").write_text("{broken")

    shown = run(program, "validate", "message.json", cwd=tmp_path)

    assert shown.stdout.startswith("✗ invalid_json")
    assert shown.returncode == 1


def test_the_installed_program_imports_nothing_from_the_current_folder(program: Path, tmp_path: Path) -> None:
    for name in ("json.py", "ops.py", "schemas.py"):
        (tmp_path / name).write_text("raise SystemExit('taken')")

    assert run(program, "--version", cwd=tmp_path).stdout == f"taly-async {PROJECT['version']}\n"


def test_the_module_and_the_installed_program_are_the_same(program: Path) -> None:
    module = run(sys.executable, "-m", "ops", "status", "--help", cwd=ROOT)

    assert module.stdout == run(program, "status", "--help", cwd=ROOT).stdout
    assert f"Usage: {PROGRAM} status" in module.stdout
