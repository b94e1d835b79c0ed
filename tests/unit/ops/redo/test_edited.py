"""`redo --payload`: one message is sent anew with another payload, of its contract and tenant."""

import json

import pytest

from ops.terminal.errors import OperatorError
from tests.messages import COMPANY
from tests.unit.ops.redo.redo_stage import OTHERS, RedoStage, address, dead_mail, mail, run


def test_an_edited_dead_letter_succeeds_and_is_deleted() -> None:
    stage = RedoStage(fails=frozenset({"wrong@example.com"}))
    dead_mail(stage, 1, to={"email": "wrong@example.com", "name": "Ada", "timeZone": "Europe/Berlin"})

    assert run(stage, stage.request("mail-1", payload=json.dumps(mail(2)["payload"])))

    assert stage.done == {address(2): 1}
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == []
    (line,) = stage.logs.lines()
    assert line["edited"] == "yes"
    assert address(2) not in json.dumps(line)


def test_an_edited_payload_that_the_contract_refuses_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    before = stage.sqs.messages(stage.dead_letters_url("email.send"))

    assert not run(stage, stage.request("mail-1", payload=json.dumps({"companyId": COMPANY, "to": "ada@example.com"})))

    assert (stage.events.published, stage.logs.batches) == ([], [])
    assert stage.sqs.messages(stage.dead_letters_url("email.send")) == before
    printed = capsys.readouterr().out
    assert "mail-1 is left out: invalid_payload" in printed
    assert "ada@example.com" not in printed


def test_an_edited_payload_of_another_tenant_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    dead_mail(stage, 1)
    other = mail(2)["payload"] | {"companyId": OTHERS}

    assert not run(stage, stage.request("mail-1", payload=json.dumps(other)))

    assert stage.events.published == []
    assert len(stage.sqs.messages(stage.dead_letters_url("email.send"))) == 1
    assert (
        "mail-1 is left out: invalid_payload: payload.companyId: the payload is another tenant's"
        in capsys.readouterr().out
    )


def test_a_payload_is_not_sent_to_all_tenants_that_share_the_id() -> None:
    stage = RedoStage()
    other = mail(1)
    other["payload"]["companyId"] = OTHERS
    stage.has_done(mail(1))
    stage.has_done(other)

    with pytest.raises(OperatorError, match="2 messages have this id: give --type or --tenant"):
        run(stage, stage.request("mail-1", payload=json.dumps(mail(2)["payload"])))

    assert stage.events.published == []
