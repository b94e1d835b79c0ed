"""The command `redo`: its options, and the payload of one message to be edited."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ops.redo import commands
from ops.redo.show import show_payload
from ops.terminal.command import CommandLine
from ops.terminal.errors import OperatorError
from tests.fakes.service import failing
from tests.fakes.stage import OPERATOR
from tests.messages import COMPANY
from tests.unit.ops.redo.redo_stage import AN_HOUR_AGO, RedoStage, mail

Run = Callable[..., Result]

app = CommandLine(help="Repair.")
app.add(commands.redo)
app.add(commands.redo, name="other")  # a program with one command has no command's name


@pytest.fixture
def stage() -> RedoStage:
    return RedoStage()


@pytest.fixture
def run(stage: RedoStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command against this stage."""
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["redo", *arguments, "--stage", "dev"])

    return invoke


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "which messages? Give their IDs, or --type and --since"),
        (("--type", "email.send"), "which messages?"),
        (("--since", "2h"), "which messages?"),
        (("--type", "no.such", "--since", "2h"), "there is no type no.such"),
        (("--type", "email.send", "--since", "1h", "--until", "2h", "--comment", "x"), "--since is not before --until"),
        (("--type", "email.send", "--since", "2h", "--cause", "CAUSE"), "'CAUSE' is no cause"),
        (("--type", "email.send", "--since", "2h", "--outcome", "retrying"), "retrying is no final outcome"),
        (("",), "an ID is empty"),
        (("a", " ", "--comment", "x"), "an ID is empty"),
        (("a",), "say why: --comment"),
        (("a", "--comment", " "), "say why: --comment"),
        (("a", "b", "--show"), "--show and --payload are for one message"),
        (("a", "b", "--payload", "-", "--comment", "x"), "--show and --payload are for one message"),
        (("a", "--run", "no name", "--comment", "x"), "'no name' is no name of a run"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(
    run: Run, stage: RedoStage, arguments: tuple[str, ...], expected: str
) -> None:
    refused = run(*arguments)

    assert refused.exit_code == 1
    assert expected in refused.stderr
    assert stage.events.calls == []


@pytest.mark.parametrize("payload", ["{", "[]", '{"a": 1, "a": 2}'])
def test_an_edited_payload_that_is_no_json_object_is_refused(
    run: Run, stage: RedoStage, tmp_path: Path, payload: str
) -> None:
    file = tmp_path / "payload.json"
    file.write_text(payload)

    refused = run("mail-1", "--payload", str(file), "--comment", "x", "--yes")

    assert refused.exit_code == 1
    assert "the payload is" in refused.stderr
    assert stage.logs.calls == []


def test_a_dry_run_needs_no_comment(run: Run) -> None:
    ran = run("--type", "email.send", "--since", "2h", "--dry-run", "--json")

    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["chosen"] == 0


def test_a_payload_is_shown_as_it_was_and_audited_without_values(
    stage: RedoStage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.has_done(mail(1))

    assert show_payload(stage.request("mail-1"), now=stage.clock.now, sleep=stage.clock.sleep)

    assert json.loads(capsys.readouterr().out) == mail(1)["payload"]
    (line,) = stage.logs.lines()
    shown = {"message": "shown", "who": OPERATOR, "service": "email.send", "id": "mail-1", "company_id": COMPANY}
    assert line == {"timestamp": line["timestamp"], **shown}
    assert stage.events.published == []


def test_a_payload_is_not_shown_without_an_audit_log(stage: RedoStage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.has_done(mail(1))
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    with pytest.raises(OperatorError, match="the audit log could not be written"):
        show_payload(stage.request("mail-1"), now=stage.clock.now, sleep=stage.clock.sleep)

    assert capsys.readouterr().out == ""


def test_a_payload_that_is_nowhere_cannot_be_shown(stage: RedoStage) -> None:
    stage.run(mail(1), AN_HOUR_AGO)

    with pytest.raises(OperatorError, match="mail-1 cannot be shown: the archive has no such event"):
        show_payload(stage.request("mail-1"), now=stage.clock.now, sleep=stage.clock.sleep)
