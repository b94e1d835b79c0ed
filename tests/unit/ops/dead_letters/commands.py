"""Run the dead-letter commands as an operator types them."""

from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner, Result

from ops.dead_letters import commands as dead_letters
from tests.fakes.stage import FakeStage

Run = Callable[..., Result]

app = typer.Typer()
app.add_typer(dead_letters.app, name="dead-letters")
app.command()(dead_letters.redrive)
app.command()(dead_letters.discard)


def running(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands against this stage, under the name dev."""
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--stage", "dev"])

    return run
