"""`trace`, `tail` and `status`, run as an operator types them."""

import os

import pytest
import typer
from typer.testing import CliRunner, Result

from ops.status import commands as status
from ops.trace import commands as trace

COMMANDS = {"trace": ["trace", "mail-1"], "tail": ["tail"], "status": ["status"]}


@pytest.fixture(autouse=True)
def _no_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    for command in (trace.trace, trace.tail, status.status):
        app.command()(command)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("name", COMMANDS)
def test_missing_credentials_are_an_error(name: str) -> None:
    result = run(*COMMANDS[name], "--stage", "prod", "--region", "eu-west-1")

    assert result.exit_code == 1
    assert "no AWS credentials were found" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_an_impossible_stage_or_unknown_profile_is_an_error(name: str) -> None:
    assert "no stage can be named 'pre-prod'" in run(*COMMANDS[name], "--stage", "pre-prod").output
    assert "nobody" in run(*COMMANDS[name], "--stage", "prod", "--profile", "nobody").output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_aws_options_and_json(name: str) -> None:
    shown = run(name, "--help").output

    assert all(option in shown for option in ("--stage", "--profile", "--region", "--json"))


@pytest.mark.parametrize("name", ["trace", "tail"])
def test_an_invalid_time_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")

    result = run(*COMMANDS[name], "--stage", "prod", "--region", "eu-west-1", "--since", "yesterday")

    assert result.exit_code == 1
    assert "'yesterday' is no time" in result.output


def test_an_unknown_outcome_lists_all_outcomes() -> None:
    result = run("tail", "--outcome", "failed")

    assert result.exit_code == 2
    assert "dead_lettered" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_missing_region_is_an_error(name: str) -> None:
    result = run(*COMMANDS[name], "--stage", "prod")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "no AWS region is set" in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_an_invalid_endpoint_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "foo")

    result = run(*COMMANDS[name], "--stage", "prod", "--region", "eu-west-1")

    assert result.exit_code == 1
    assert "AWS cannot be called: Invalid endpoint: foo" in result.stderr
