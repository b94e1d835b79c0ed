"""Run the dead-letter commands as an operator types them."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from ops.dead_letters import commands as dead_letters
from ops.terminal.command import CommandLine
from tests.fakes.stage import FakeStage

Run = Callable[..., Result]

app = CommandLine(help="Repair.")
app.add_typer(dead_letters.app, name="dead-letters")
app.add(dead_letters.redrive)
app.add(dead_letters.discard)


def running(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands against this stage, under the name dev."""
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--stage", "dev"])

    return run
