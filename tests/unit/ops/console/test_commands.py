"""`console` on the command line."""

from typing import Any

import pytest
from typer.testing import CliRunner

from ops.command_line import app
from ops.stage.deployed import DeployedStage
from tests.unit.ops.console.stage_fakes import ConsoleStage


def test_command_has_no_option_for_the_host() -> None:
    result = CliRunner().invoke(app, ["console", "--help"], env={"COLUMNS": "120", "NO_COLOR": "1"})

    assert result.exit_code == 0
    for option in ("--port", "--open", "--stage", "--profile", "--region", "127.0.0.1"):
        assert option in result.output
    assert "--host" not in result.output


def test_command_serves_the_named_stage(stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda name, **_: DeployedStage(name, stage.deployed.client))

    def serve_(where: DeployedStage, **how: Any) -> bool:
        served.append((where.name, how))
        return True

    monkeypatch.setattr("ops.console.server.serve", serve_)

    result = CliRunner().invoke(app, ["console", "--stage", "dev", "--port", "0", "--open"])

    assert result.exit_code == 0
    assert served == [("dev", {"port": 0, "browse": True})]


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_invalid_port_is_refused(port: str) -> None:
    assert CliRunner().invoke(app, ["console", "--port", port]).exit_code == 2
