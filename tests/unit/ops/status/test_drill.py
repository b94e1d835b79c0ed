"""A drill: each hop's time, and nothing left behind, however it ends."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.stage.deployed import DeployedStage
from ops.status.drill import Drill
from ops.terminal.errors import OperatorError
from schemas.decoding import decode
from schemas.message import Message
from schemas.system import NOBODY, SYSTEM_HEARTBEAT

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
OUTPUTS = {
    "TalyAsync-Dev-Messaging": {"IngressQueueUrl": "ingress", "SystemHeartbeatDeadLetterQueueUrl": "dead-letters"},
    "TalyAsync-Dev-Processing": {
        "QueueProcessorLogGroupName": "log of queue_processor",
        "SystemHeartbeatLogGroupName": "log of system.heartbeat",
    },
    "TalyAsync-Dev-Monitoring": {"SlackNotifierLogGroupName": "log of slack_notifier"},
}


@dataclass
class FakeStage:
    """A stage whose hops take some seconds each, under one clock; None: it never comes."""

    hops: Mapping[str, float | None]
    now: datetime = NOON
    sent: list[dict[str, Any]] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    """The bodies in the dead-letter queue, by handle."""

    hidden: set[str] = field(default_factory=set)

    def drill(self, seconds: float = 60) -> dict[str, datetime | None]:
        stage = DeployedStage("dev", {"cloudformation": self, "sqs": self, "logs": self}.__getitem__)
        return Drill(stage=stage, now=lambda: self.now, sleep=self.sleep, new_id=lambda: "1").run(seconds)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS[request["StackName"]].items()]
        return {"Stacks": [{"Outputs": outputs}]}

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)

    def get_paginator(self, _operation: str) -> "FakeStage":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        assert request["startTime"] <= NOON.timestamp() * 1000
        assert request["filterPattern"] == '"drill-1"'
        name = request["logGroupName"].removeprefix("log of ")
        after = self.hops[name]
        if after is None or self.now < (at := NOON + timedelta(seconds=after)):
            return [{"events": []}]
        if name == "system.heartbeat":
            self.letters["drill"] = self.sent[0]["MessageBody"]
        said: dict[str, dict[str, Any]] = {
            "queue_processor": {"outcome": "routed", "id": "drill-1"},
            "system.heartbeat": {"outcome": "dead_lettered", "id": "drill-1"},
            "slack_notifier": {"message": "posted", "ids": ["another", "drill-1"]},
        }
        line = json.dumps({"timestamp": at.isoformat(), **said[name]})
        return [{"events": [{"message": text, "timestamp": 0} for text in ("no JSON drill-1", line)]}]

    def receive_message(self, **_: Any) -> dict[str, Any]:
        visible = {handle: body for handle, body in self.letters.items() if handle not in self.hidden}
        self.hidden |= visible.keys()
        return {
            "Messages": [
                {"MessageId": handle, "ReceiptHandle": handle, "Body": body} for handle, body in visible.items()
            ]
        }

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == "dead-letters"
        for entry in request["Entries"]:
            del self.letters[entry["ReceiptHandle"]]
        return {}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == "dead-letters"
        self.hidden -= {entry["ReceiptHandle"] for entry in request["Entries"]}
        return {}


ALL_WELL = {"queue_processor": 1.0, "system.heartbeat": 3.0, "slack_notifier": 40.0}


def test_each_hop_has_its_time() -> None:
    done = FakeStage(ALL_WELL).drill()

    assert [(at - NOON).total_seconds() for at in done.values() if at] == [0, 1, 3, 40]


def test_it_sends_a_valid_heartbeat_of_nobody_that_says_that_it_is_a_drill() -> None:
    stage = FakeStage(ALL_WELL)

    stage.drill()

    (request,) = stage.sent
    message = decode(request["MessageBody"], SYSTEM_HEARTBEAT, catalogue=dict)
    assert isinstance(message, Message)
    assert (request["QueueUrl"], request["MessageGroupId"], message.company_id) == ("ingress", NOBODY, NOBODY)
    assert message.payload.drill


def test_it_takes_its_letter_away_and_leaves_others_visible() -> None:
    stage = FakeStage(ALL_WELL, letters={"another": json.dumps({"id": "beat-7"})})

    stage.drill()

    assert list(stage.letters) == ["another"]
    assert "another" not in stage.hidden


def test_people_who_are_not_told_in_time_are_a_failure_and_the_letter_is_taken_away_all_the_same() -> None:
    stage = FakeStage({**ALL_WELL, "slack_notifier": None})

    done = stage.drill(seconds=30)

    assert [at is None for at in done.values()] == [False, False, False, True]
    assert stage.letters == {}
    assert stage.now - NOON <= timedelta(seconds=32)


def test_whoever_stops_it_midway_leaves_no_letter() -> None:
    stage = FakeStage({**ALL_WELL, "slack_notifier": None})

    def stop(_seconds: float) -> None:
        stage.sleep(5)
        if stage.now > NOON + timedelta(seconds=4):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stage, stop)

    assert stage.letters == {}


def test_a_stage_without_monitoring_is_told_so_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = FakeStage(ALL_WELL)
    monkeypatch.setitem(OUTPUTS, "TalyAsync-Dev-Monitoring", {})

    with pytest.raises(OperatorError, match="TalyAsync-Dev-Monitoring has no output SlackNotifierLogGroupName"):
        stage.drill()

    assert stage.sent == []


def run(stage: FakeStage, sleep: Callable[[float], None]) -> None:
    deployed = DeployedStage("dev", {"cloudformation": stage, "sqs": stage, "logs": stage}.__getitem__)
    Drill(stage=deployed, now=lambda: stage.now, sleep=sleep, new_id=lambda: "1").run(60)
