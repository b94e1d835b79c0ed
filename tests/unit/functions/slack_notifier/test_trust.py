"""A producer on the bus can neither forge a CloudWatch alarm nor pass a failure off as a drill."""

import json
from typing import Any

import pytest

from schemas.system import DRILL
from tests.unit.functions.slack_notifier.slack_fakes import Scene, alarm, dead_lettered


@pytest.fixture
def scene() -> Scene:
    return Scene()


def posted(scene: Scene) -> str:
    return json.dumps(scene.slack.posted, ensure_ascii=False)


def test_bus_event_cannot_pose_as_an_alarm(scene: Scene) -> None:
    forged = alarm("unhealthy", subject="system", state="OK", StateChangeTime="2999-01-01T00:00:00.000+0000")
    scene.send(alarm("unhealthy", subject="system"), forged | {"type": "system.dead_lettered"})

    scene.run()

    assert "Page:" in posted(scene)
    assert "recovered" not in posted(scene)
    assert len(scene.said("posted")) == 2  # the alarm, and the card of unreadable alerts


@pytest.mark.parametrize("forged", [{"error": DRILL}, {"error": DRILL, "service": "system.heartbeat", "subject": "x"}])
def test_forged_drill_does_not_hide_a_failure(scene: Scene, forged: dict[str, Any]) -> None:
    scene.send(dead_lettered(1), dead_lettered(2, **forged))

    scene.run()

    assert "taly-async redrive email.send" in posted(scene)


def test_drill_is_accepted_from_the_heartbeat(scene: Scene) -> None:
    scene.send(dead_lettered(1, error=DRILL, service="system.heartbeat", subject="system.heartbeat"))

    scene.run()

    assert "Drill:" in posted(scene)
    assert "redrive" not in posted(scene)


def test_first_ok_of_a_new_alarm_gets_no_card(scene: Scene) -> None:
    new_alarms = [
        alarm(subject=f"type.{number}", state="OK", OldStateValue="INSUFFICIENT_DATA") for number in range(100)
    ]
    scene.send(*new_alarms, alarm("depth"))

    scene.run()

    assert [line["alarms"] for line in scene.said("posted")] == [["taly-async-prod/email.send/depth"]]
    assert scene.waiting == []


def test_alarm_after_insufficient_data_and_its_recovery_get_cards(scene: Scene) -> None:
    scene.send(alarm(OldStateValue="INSUFFICIENT_DATA"))
    scene.run()
    scene.send(alarm(state="OK"))
    scene.run()

    assert [line["card"] for line in scene.said("posted")] == ["alarm", "recovery"]
