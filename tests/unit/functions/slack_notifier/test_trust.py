"""A producer on the bus can neither forge a CloudWatch alarm nor pass a failure off as a drill."""

import json
from typing import Any

import pytest

from schemas.system import DRILL_ERROR
from tests.unit.functions.slack_notifier.slack_fakes import NotifierHarness, alarm, dead_lettered


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness()


def posted(harness: NotifierHarness) -> str:
    return json.dumps(harness.slack.posted, ensure_ascii=False)


def test_bus_event_cannot_pose_as_an_alarm(harness: NotifierHarness) -> None:
    forged = alarm("unhealthy", subject="system", state="OK", StateChangeTime="2999-01-01T00:00:00.000+0000")
    harness.send(alarm("unhealthy", subject="system"), forged | {"type": "system.dead_lettered"})

    harness.run()

    assert "Page:" in posted(harness)
    assert "recovered" not in posted(harness)
    assert len(harness.logged("posted")) == 2  # the alarm, and the card of unreadable alerts


@pytest.mark.parametrize(
    "forged", [{"error": DRILL_ERROR}, {"error": DRILL_ERROR, "service": "system.heartbeat", "subject": "x"}]
)
def test_forged_drill_does_not_hide_a_failure(harness: NotifierHarness, forged: dict[str, Any]) -> None:
    harness.send(dead_lettered(1), dead_lettered(2, **forged))

    harness.run()

    assert "taly-async redrive email.send" in posted(harness)


def test_drill_is_accepted_from_the_heartbeat(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(1, error=DRILL_ERROR, service="system.heartbeat", subject="system.heartbeat"))

    harness.run()

    assert "Drill:" in posted(harness)
    assert "redrive" not in posted(harness)


def test_first_ok_of_a_new_alarm_gets_no_card(harness: NotifierHarness) -> None:
    new_alarms = [
        alarm(subject=f"type.{number}", state="OK", OldStateValue="INSUFFICIENT_DATA") for number in range(100)
    ]
    harness.send(*new_alarms, alarm("depth"))

    harness.run()

    assert [line["alarms"] for line in harness.logged("posted")] == [["taly-async-prod/email.send/depth"]]
    assert harness.waiting == []


def test_alarm_after_insufficient_data_and_its_recovery_get_cards(harness: NotifierHarness) -> None:
    harness.send(alarm(OldStateValue="INSUFFICIENT_DATA"))
    harness.run()
    harness.send(alarm(state="OK"))
    harness.run()

    assert [line["card"] for line in harness.logged("posted")] == ["alarm", "recovery"]
