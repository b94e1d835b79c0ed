"""The practice of `make demo KEEP=1`: the printed commands mend everything, and there are few."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from local.demo.demo import demo_with_exercise
from local.polling import poll
from local.stage import local_stage
from ops.command_line import app

MOST_COMMANDS = 6
CHECK = "status --check"

COMMAND = re.compile("^taly-async (?!console)(.+)$", re.MULTILINE)
"""A printed command of the terminal, without `taly-async`; the console is the other way to do the same."""


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_practice_is_mended_in_six_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_stage("practice") as stage:
        for name, value in stage.endpoint.variables().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        assert demo_with_exercise(stage)
        commands = COMMAND.findall(capsys.readouterr().out)
        assert 0 < len(commands) <= MOST_COMMANDS
        assert commands[-1] == CHECK

        for command in commands[:-1]:
            ran = CliRunner().invoke(
                app, [*shlex.split(command), *(["--yes"] if command.startswith("discard") else [])]
            )
            assert ran.exit_code == 0, ran.output

        def is_healthy() -> bool:
            stage.clock.tick()  # `make demo KEEP=1` has a process that does
            return CliRunner().invoke(app, shlex.split(CHECK)).exit_code == 0

        assert poll(is_healthy, what="all alarms to recover", seconds=120)
