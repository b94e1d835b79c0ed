"""A drill: each hop's time, and nothing left behind, however it ends."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from ops.status.drill import Drill
from ops.terminal.errors import OperatorError
from schemas.decoding import decode
from schemas.message import Message
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.fakes.service import NOON
from tests.fakes.sqs import QueuedMessage
from tests.fakes.stage import FakeStage, Outputs

INGRESS, DEAD_LETTERS = "ingress", "dead-letters"
OUTPUTS: Outputs = {
    "Messaging": {"IngressQueueUrl": INGRESS, "SystemHeartbeatDeadLetterQueueUrl": DEAD_LETTERS},
    "Processing": {
        "QueueProcessorLogGroupName": "log of queue_processor",
        "SystemHeartbeatLogGroupName": "log of system.heartbeat",
    },
    "Monitoring": {"SlackNotifierLogGroupName": "log of slack_notifier"},
}


class DrillStage(FakeStage):
    """A stage whose hops take some seconds each, under one clock; None: it never comes."""

    def __init__(self, hops: Mapping[str, float | None], outputs: Outputs = OUTPUTS) -> None:
        super().__init__("dev", outputs)
        self.hops = dict(hops)
        self.logs.before = self._log

    def drill(self, seconds: float = 60) -> dict[str, datetime | None]:
        return self.drill_of(self.clock.sleep).run(seconds)

    def drill_of(self, sleep: Callable[[float], None]) -> Drill:
        return Drill(stage=self.deployed, now=self.clock.now, sleep=sleep, new_id=lambda: "1")

    @property
    def dead(self) -> list[QueuedMessage]:
        """The messages in the dead-letter queue."""
        return self.sqs.messages(DEAD_LETTERS)

    def _log(self, _operation: str) -> None:
        assert self.logs.requests[-1]["filterPattern"] == '"drill-1"'
        assert self.logs.requests[-1]["startTime"] <= NOON.timestamp() * 1000
        self._come_about()

    def _come_about(self) -> None:
        """Write the lines of the hops that are over by now, and what is dead-lettered."""
        said: dict[str, dict[str, Any]] = {
            "queue_processor": {"outcome": "routed", "id": "drill-1"},
            "system.heartbeat": {"outcome": "dead_lettered", "id": "drill-1"},
            "slack_notifier": {"message": "posted", "ids": ["another", "drill-1"]},
        }
        for name, after in list(self.hops.items()):
            if after is not None and self.clock() >= after:
                del self.hops[name]
                self.logs.groups.setdefault(f"log of {name}", []).append(
                    (int(NOON.timestamp() * 1000), "no JSON drill-1")
                )
                self.logs.write(f"log of {name}", NOON + timedelta(seconds=after), **said[name])
                if name == "system.heartbeat":
                    self.sqs.put(DEAD_LETTERS, self.sqs.sent[INGRESS][0]["MessageBody"])


ALL_WELL = {"queue_processor": 1.0, "system.heartbeat": 3.0, "slack_notifier": 40.0}


def test_each_hop_has_its_time() -> None:
    done = DrillStage(ALL_WELL).drill()

    assert [(at - NOON).total_seconds() for at in done.values() if at] == [0, 1, 3, 40]


def test_it_sends_a_valid_heartbeat_of_nobody_that_says_that_it_is_a_drill() -> None:
    stage = DrillStage(ALL_WELL)

    stage.drill()

    (request,) = stage.sqs.sent[INGRESS]
    message = decode(request["MessageBody"], SYSTEM_HEARTBEAT, catalogue=dict)
    assert isinstance(message, Message)
    assert (list(stage.sqs.sent), request["MessageGroupId"], message.company_id) == ([INGRESS], NO_TENANT, NO_TENANT)
    assert message.payload.drill


def test_it_takes_its_letter_away_and_leaves_others_visible() -> None:
    stage = DrillStage(ALL_WELL)
    stage.sqs.put(DEAD_LETTERS, json.dumps({"id": "beat-7"}))

    stage.drill()

    assert [json.loads(each.body)["id"] for each in stage.dead] == ["beat-7"]
    assert stage.sqs.visible(DEAD_LETTERS) == stage.dead


def test_people_who_are_not_told_in_time_are_a_failure_and_the_letter_is_taken_away_all_the_same() -> None:
    stage = DrillStage({**ALL_WELL, "slack_notifier": None})

    done = stage.drill(seconds=30)

    assert [at is None for at in done.values()] == [False, False, False, True]
    assert stage.dead == []
    assert stage.clock() <= 32


def test_whoever_stops_it_midway_leaves_no_letter() -> None:
    stage = DrillStage({**ALL_WELL, "slack_notifier": None})

    def stop(_seconds: float) -> None:
        stage.clock.sleep(5)
        if stage.clock() > 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.drill_of(stop).run(60)

    assert stage.dead == []


def test_a_stage_without_monitoring_is_told_so_before_anything_is_sent() -> None:
    stage = DrillStage(ALL_WELL, {**OUTPUTS, "Monitoring": {}})

    with pytest.raises(OperatorError, match="TalyAsync-Dev-Monitoring has no output SlackNotifierLogGroupName"):
        stage.drill()

    assert stage.sqs.sent == {}
