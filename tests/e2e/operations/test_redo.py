"""What was done wrongly is done again on the deployed system: once more, no more, under new ids."""

import json
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from local.standins.crm.state import CrmFailure
from ops.command_line import app
from ops.stage.log_lines import LogLine
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from tests.e2e.scene import Scene
from tests.messages import email
from tests.security.access import OPERATOR
from tests.security.addresses import Addresses


@pytest.fixture(autouse=True)
def _as_an_operator(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each command with the stage's policy for operators, which is enforced."""
    for name, value in Addresses(scene.stage.endpoint).acting_as(OPERATOR).variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def ops(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def repeat(scene: Scene, old: str, service: str) -> LogLine:
    """The outcome of the message that was published in place of another."""
    return scene.lines(
        lambda line: (line.causation_id, line.service, line.what) == (old, service, Outcome.SUCCEEDED),
        what=f"the repeat of {old}",
    )[0]


def test_three_mails_redone_are_exactly_three_second_mails(scene: Scene) -> None:
    payloads = {str(uuid4()): email()["payload"] | {"companyId": str(uuid4())} for _ in range(5)}
    mails = [
        scene.publish_message(EMAIL_SEND, payload, subject=str(uuid4()), id=id_).id for id_, payload in payloads.items()
    ]
    for mail in mails:
        scene.outcome_at(mail, EMAIL_SEND.name)

    ran = ops("redo", *mails[:3], "--comment", "wrong template", "--yes", "--run", f"e2e-{uuid4().hex[:8]}")

    assert ran.exit_code == 0, ran.output
    assert "3 people get a second mail" in " ".join(ran.stderr.split())
    repeats = [repeat(scene, mail, EMAIL_SEND.name) for mail in mails[:3]]
    sent = Counter(each.message_id for each in scene.stage.ses.state.mails())
    assert {each: sent[each] for each in mails} == dict.fromkeys(mails, 1)
    assert {line.id: sent[line.id] for line in repeats} == {line.id: 1 for line in repeats}
    assert not [
        line for line in scene.records.lines() if line.causation_id in mails[3:] and line.service == "email.send"
    ]
    traced = ops("trace", mails[0])
    assert "done again" in traced.stdout
    assert repeats[0].id in traced.stdout


def test_an_edited_dead_letter_succeeds(scene: Scene, tmp_path: Path) -> None:
    wrong, right = str(uuid4()), str(uuid4())
    scene.stage.crm.state.fail(wrong, CrmFailure(422))
    job = scene.record_activity(wrong, str(uuid4())).id
    scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job)

    shown = ops("redo", job, "--show")
    assert shown.exit_code == 0, shown.output
    edited = tmp_path / "payload.json"
    edited.write_text(json.dumps(json.loads(shown.stdout) | {"subjectId": right}))
    ran = ops("redo", job, "--payload", str(edited), "--comment", "wrong subject", "--yes")

    assert ran.exit_code == 0, ran.output
    assert repeat(scene, job, ACTIVITY_RECORD.name).correlation_id == job
    assert job not in {dead_letter.id for dead_letter in scene.records.dead_letters_of(ACTIVITY_RECORD.name)}
    assert [call.status for call in scene.stage.crm.state.calls_about(right)] == [200]
