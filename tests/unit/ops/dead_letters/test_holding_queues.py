"""Messages in holding queues are listed, redriven to the ingress and discarded like dead letters."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.command_line import app
from tests.fakes.stage import INGRESS, INGRESS_DEAD_LETTERS, UNDELIVERABLE, UNROUTED, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run

MESSAGE = json.dumps(
    {"id": "b-1", "type": "booking.archived", "payload": {"companyId": COMPANY, "naïve": 1.50}, "attempts": 1},
    ensure_ascii=False,
)
UNDELIVERED = {
    "RULE_ARN": "arn:aws:events:eu-central-1:1:rule/taly/x",
    "ERROR_CODE": "NO_PERMISSIONS",
    "ERROR_MESSAGE": "not authorized to send",
}


def hold(stage: FakeStage, url: str, body: str, **texts: str) -> str:
    return stage.sqs.put(url, body, {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()})


def sent(stage: FakeStage) -> list[str]:
    """The bodies in the ingress queue."""
    return [each.body for each in stage.sqs.messages(INGRESS)]


def event(detail: Any) -> str:
    return json.dumps({"version": "0", "id": "an event's", "detail-type": "booking.archived", "detail": detail})


def test_held_messages_are_listed_with_their_error(stage: FakeStage, run: Run) -> None:
    hold(stage, UNROUTED, MESSAGE)
    hold(stage, UNDELIVERABLE, MESSAGE, **UNDELIVERED)

    listed = run("dead-letters", "list").stdout

    assert "unrouted\n" in listed
    assert "no rule matches it" in listed
    assert "NO_PERMISSIONS: not authorized to send" in listed


@pytest.mark.parametrize("place", ["unrouted", "undeliverable", "dead-schedules"])
def test_held_messages_are_redriven_to_the_ingress_unchanged(stage: FakeStage, run: Run, place: str) -> None:
    url = stage.queue_url(place)
    hold(stage, url, MESSAGE)

    assert run("redrive", place, "--all").exit_code == 0

    assert sent(stage) == [MESSAGE]
    assert stage.sqs.messages(url) == []
    assert [(line["message"], line["service"], line["id"]) for line in stage.logs.lines()] == [
        ("redriven", place, "b-1")
    ]


def test_the_message_inside_an_undelivered_event_is_redriven(stage: FakeStage, run: Run) -> None:
    hold(stage, UNDELIVERABLE, event(json.loads(MESSAGE)), **UNDELIVERED)

    assert run("redrive", "undeliverable", "--id", "b-1").exit_code == 0

    assert [json.loads(body) for body in sent(stage)] == [json.loads(MESSAGE)]


def ses_event(tags: Any) -> str:
    """An event of SES's as it is on EventBridge's default bus."""
    detail = {"eventType": "Delivery", "mail": {"tags": tags}}
    head = {"version": "0", "id": "e-1", "time": "2026-04-14T14:00:33Z", "source": "aws.ses"}
    return json.dumps({**head, "detail-type": "Email Delivered", "detail": detail})


def test_an_undelivered_event_of_ses_is_redriven_as_its_message(stage: FakeStage, run: Run) -> None:
    hold(stage, UNDELIVERABLE, ses_event({"company": [COMPANY]}), **UNDELIVERED)

    assert run("redrive", "undeliverable", "--id", "e-1").exit_code == 0

    (message,) = map(json.loads, sent(stage))
    assert (message["type"], message["id"], message["payload"]["companyId"]) == ("ses.event", "e-1", COMPANY)
    assert message["payload"]["sesEvent"]["eventType"] == "Delivery"


@pytest.mark.parametrize("tags", [{}, {"company": []}, {"company": None}, None, [], "company"])
def test_an_event_of_ses_without_a_tenant_is_redriven_as_any_other(stage: FakeStage, run: Run, tags: Any) -> None:
    hold(stage, UNDELIVERABLE, ses_event(tags), **UNDELIVERED)

    run("redrive", "undeliverable", "--all")

    assert [json.loads(body)["mail"] for body in sent(stage)] == [{"tags": tags}]


@pytest.mark.parametrize("body", [event("no object"), "{broken", "[]", MESSAGE])
def test_any_other_undelivered_body_is_redriven_unchanged(stage: FakeStage, run: Run, body: str) -> None:
    hold(stage, UNDELIVERABLE, body, **UNDELIVERED)

    run("redrive", "undeliverable", "--all")

    assert sent(stage) == [body]


def test_an_event_in_the_ingress_queue_is_not_unwrapped(stage: FakeStage, run: Run) -> None:
    wrapped = event(json.loads(MESSAGE))
    hold(stage, INGRESS_DEAD_LETTERS, wrapped)

    run("redrive", "queue_processor", "--all")

    assert sent(stage) == [wrapped]


def test_tail_refuses_a_holding_queue(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)

    refused = CliRunner().invoke(app, ["tail", "--type", "unrouted", "--stage", "dev"])

    assert refused.exit_code == 1
    assert "there is no type unrouted" in refused.stderr
