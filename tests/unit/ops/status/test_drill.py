"""A drill gives the time of each hop, and leaves no dead letter behind."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ops.status.drill import Drill, DrillResult, show
from ops.terminal.errors import OperatorError
from schemas.decoding import decode
from schemas.message import Message
from schemas.names import ALERTS, QUEUE_PROCESSOR, log_group_name
from schemas.reasons import MessageGroup
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.fakes.service import NOON
from tests.fakes.sqs import QueuedMessage
from tests.fakes.stage import INGRESS, FakeStage, queue_url

DEAD_LETTERS = queue_url("taly-async-dev-system-heartbeat-dlq")
DRILLED = (QUEUE_PROCESSOR, SYSTEM_HEARTBEAT.name, ALERTS)


class DrillStage(FakeStage):
    """A stage in which each hop comes after some seconds; None for a hop that never comes."""

    def __init__(self, hops: Mapping[str, float | None], services: Sequence[str] = DRILLED) -> None:
        super().__init__("dev", services)
        self.hops = dict(hops)
        self.group: MessageGroup | None = None
        """The message group that the heartbeat's function logs; None on the emulator."""

        self.logs.before = self._log

    def drill(self, seconds: float = 60) -> DrillResult:
        return self.drill_of(self.clock.sleep).run(seconds)

    def drill_of(self, sleep: Callable[[float], None]) -> Drill:
        return Drill(stage=self.deployed, now=self.clock.now, sleep=sleep, new_id=lambda: "1")

    @property
    def dead_letters(self) -> list[QueuedMessage]:
        """The messages in the dead-letter queue."""
        return self.sqs.messages(DEAD_LETTERS)

    def _log(self, _operation: str) -> None:
        assert self.logs.requests[-1]["filterPattern"] == '"drill-1"'
        assert self.logs.requests[-1]["startTime"] <= NOON.timestamp() * 1000
        self._write_due_hops()

    def _write_due_hops(self) -> None:
        """Write the log lines of the hops that are due, and add the dead letter."""
        lines: dict[str, dict[str, Any]] = {
            "queue_processor": {"outcome": "routed", "id": "drill-1"},
            "system.heartbeat": {"outcome": "dead_lettered", "id": "drill-1"}
            | ({"message_group": self.group} if self.group else {}),
            "slack_notifier": {"message": "posted", "ids": ["another", "drill-1"]},
        }
        for name, after in list(self.hops.items()):
            if after is not None and self.clock() >= after:
                del self.hops[name]
                group = log_group_name("dev", name)
                self.logs.groups.setdefault(group, []).append((int(NOON.timestamp() * 1000), "no JSON drill-1"))
                self.logs.write(group, NOON + timedelta(seconds=after), **lines[name])
                if name == "system.heartbeat":
                    self.sqs.put(DEAD_LETTERS, self.sqs.sent[INGRESS][0]["MessageBody"])


ALL_HOPS = {"queue_processor": 1.0, "system.heartbeat": 3.0, "slack_notifier": 40.0}


def test_each_hop_has_a_time() -> None:
    times = DrillStage(ALL_HOPS).drill().times

    assert [(at - NOON).total_seconds() for at in times.values() if at] == [0, 1, 3, 40]


@pytest.mark.parametrize("group", [*MessageGroup, None])
def test_it_finds_the_message_group_that_the_rule_gave(group: MessageGroup | None) -> None:
    stage = DrillStage(ALL_HOPS)
    stage.group = group

    assert stage.drill().message_group == (group or "")


@pytest.mark.parametrize(
    ("group", "verdict"),
    [
        ("tenant", "✓ message group: the tenant"),
        ("none", "✗ message group: none, the tenant was expected. So one tenant's burst delays all others."),
        ("another", "✗ message group: not the tenant, but another. So one tenant's burst delays all others."),
        ("", "- message group: not compared in this stage; the emulator sets none"),
        ("[red]", "- message group: not compared"),
    ],
)
def test_the_verdict_says_what_the_message_group_means(
    group: str, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = DrillStage(ALL_HOPS)
    result = replace(stage.drill(), message_group=group)

    assert show(result, stage.drill_of(stage.clock.sleep).hops(), 60), "an alert in time is a success, fair or not"

    said = capsys.readouterr().out
    assert f"\n{verdict}" in said
    assert ("docs/architecture.md#message-groups" in said) is verdict.startswith("✗")


def test_a_drill_that_reached_no_function_says_nothing_of_the_group(capsys: pytest.CaptureFixture[str]) -> None:
    stage = DrillStage({**ALL_HOPS, "system.heartbeat": None, "slack_notifier": None})

    assert not show(stage.drill(seconds=30), stage.drill_of(stage.clock.sleep).hops(), 30)

    said = capsys.readouterr().out
    assert "message group" not in said
    assert "after 30 s it was not dead-lettered by its function" in said


def test_it_sends_a_valid_heartbeat_marked_as_a_drill() -> None:
    stage = DrillStage(ALL_HOPS)

    stage.drill()

    (request,) = stage.sqs.sent[INGRESS]
    message = decode(request["MessageBody"], SYSTEM_HEARTBEAT, catalogue=dict)
    assert isinstance(message, Message)
    assert (list(stage.sqs.sent), request["MessageGroupId"], message.company_id) == ([INGRESS], NO_TENANT, NO_TENANT)
    assert message.payload.drill


def test_it_deletes_only_its_own_dead_letter() -> None:
    stage = DrillStage(ALL_HOPS)
    stage.sqs.put(DEAD_LETTERS, json.dumps({"id": "beat-7"}))

    stage.drill()

    assert [json.loads(each.body)["id"] for each in stage.dead_letters] == ["beat-7"]
    assert stage.sqs.visible(DEAD_LETTERS) == stage.dead_letters


def test_without_an_alert_in_time_the_dead_letter_is_still_deleted() -> None:
    stage = DrillStage({**ALL_HOPS, "slack_notifier": None})

    times = stage.drill(seconds=30).times

    assert [at is None for at in times.values()] == [False, False, False, True]
    assert stage.dead_letters == []
    assert stage.clock() <= 32


def test_an_interrupted_drill_leaves_no_dead_letter() -> None:
    stage = DrillStage({**ALL_HOPS, "slack_notifier": None})

    def stop(_seconds: float) -> None:
        stage.clock.sleep(5)
        if stage.clock() > 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage.drill_of(stop).run(60)

    assert stage.dead_letters == []


def test_a_stage_without_monitoring_is_an_error_before_any_send() -> None:
    stage = DrillStage(ALL_HOPS, (QUEUE_PROCESSOR, SYSTEM_HEARTBEAT.name))

    with pytest.raises(OperatorError, match="queue taly-async-dev-alerts is not deployed yet"):
        stage.drill()

    assert stage.sqs.sent == {}
