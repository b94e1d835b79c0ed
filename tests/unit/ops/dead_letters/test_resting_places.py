"""Letters that no function has had: they are looked at, sent to the ingress and taken away as all others are."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.__main__ import app
from tests.fakes.stage import FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run, running

MESSAGE = json.dumps(
    {"id": "b-1", "type": "booking.archived", "payload": {"companyId": COMPANY, "naïve": 1.50}, "attempts": 1},
    ensure_ascii=False,
)
UNDELIVERED = {
    "RULE_ARN": "arn:aws:events:eu-central-1:1:rule/taly/x",
    "ERROR_CODE": "NO_PERMISSIONS",
    "ERROR_MESSAGE": "not authorized to send",
}


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    return running(stage, monkeypatch)


def rest(stage: FakeStage, url: str, body: str, **texts: str) -> str:
    return stage.sqs.put(url, body, {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()})


def sent(stage: FakeStage) -> list[str]:
    """What the ingress queue has."""
    return [each.body for each in stage.sqs.messages("ingress")]


def event(detail: Any) -> str:
    return json.dumps({"version": "0", "id": "an event's", "detail-type": "booking.archived", "detail": detail})


def test_they_are_listed_with_why_they_lie_there(stage: FakeStage, run: Run) -> None:
    rest(stage, "unrouted letters", MESSAGE)
    rest(stage, "undeliverable letters", MESSAGE, **UNDELIVERED)

    listed = run("dead-letters", "list").stdout

    assert "unrouted\n" in listed
    assert "no rule takes it" in listed
    assert "NO_PERMISSIONS: not authorized to send" in listed


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("unrouted", "unrouted letters"),
        ("undeliverable", "undeliverable letters"),
        ("dead-schedules", "dead schedules"),
    ],
)
def test_they_are_sent_to_the_ingress_as_they_came(stage: FakeStage, run: Run, place: str, url: str) -> None:
    rest(stage, url, MESSAGE)

    assert run("redrive", place, "--all").exit_code == 0

    assert sent(stage) == [MESSAGE]
    assert stage.sqs.messages(url) == []
    assert [(line["message"], line["service"], line["id"]) for line in stage.logs.lines()] == [
        ("redriven", place, "b-1")
    ]


def test_of_an_event_that_a_rule_could_not_deliver_the_message_is_sent(stage: FakeStage, run: Run) -> None:
    rest(stage, "undeliverable letters", event(json.loads(MESSAGE)), **UNDELIVERED)

    assert run("redrive", "undeliverable", "--id", "b-1").exit_code == 0

    assert [json.loads(body) for body in sent(stage)] == [json.loads(MESSAGE)]


@pytest.mark.parametrize("body", [event("no object"), "{broken", "[]", MESSAGE])
def test_whatever_else_a_rule_left_there_stays_as_it_is(stage: FakeStage, run: Run, body: str) -> None:
    rest(stage, "undeliverable letters", body, **UNDELIVERED)

    run("redrive", "undeliverable", "--all")

    assert sent(stage) == [body]


def test_a_sender_who_wraps_a_message_as_an_event_is_not_mended_for(stage: FakeStage, run: Run) -> None:
    wrapped = event(json.loads(MESSAGE))
    rest(stage, "ingress dead letters", wrapped)

    run("redrive", "queue_processor", "--all")

    assert sent(stage) == [wrapped]


def test_what_has_no_function_has_no_outcomes_to_follow(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)

    refused = CliRunner().invoke(app, ["tail", "--type", "unrouted", "--stage", "dev"])

    assert refused.exit_code == 1
    assert "there is no type unrouted" in refused.stderr
