"""What is wrong with a command's arguments is said before its stage is looked up."""

import pytest
from typer.testing import CliRunner

from ops.command_line import PROGRAM, app

COMMENT = ("--comment", "fixed", "--yes", "--all")


@pytest.mark.parametrize(
    "arguments",
    [
        ("send", "booking.creatd"),
        ("redrive", "booking.creatd", "--all"),
        ("discard", "booking.creatd", *COMMENT),
        ("dead-letters", "list", "--type", "booking.creatd"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
@pytest.mark.parametrize(
    "where",
    [("--stage", "local"), ("--stage", "dev", "--profile", "nobody"), ("--stage", "dev", "--region", "nowhere")],
    ids=" ".join,
)
def test_an_unknown_type_is_said_first(
    arguments: tuple[str, ...], where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("ops.stage.deployed.running", lambda: None)

    ended = CliRunner().invoke(app, [*arguments, *where], prog_name=PROGRAM)

    assert ended.exit_code == 1
    assert "there is no type booking.creatd. Did you mean booking.created?" in ended.output


@pytest.mark.parametrize("words", [("send", "booking.created"), ("status",), ("redrive", "email.send", "--all")])
def test_a_stage_that_does_not_run_is_said_then(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("ops.stage.deployed.running", lambda: None)

    ended = CliRunner().invoke(app, [*words, "--stage", "local"], prog_name=PROGRAM)

    assert ended.exit_code == 1
    assert "no local stage is running" in ended.output
