"""Who may put events on the bus can say nothing in the name of CloudWatch, and cannot call a failure a drill."""

import json
from typing import Any

import pytest

from schemas.system import DRILL_ERROR
from tests.unit.functions.slack_notifier.slack_fakes import Scene, alarm, dead_lettered


@pytest.fixture
def scene() -> Scene:
    return Scene()


def posted(scene: Scene) -> str:
    return json.dumps(scene.slack.posted, ensure_ascii=False)


def test_an_event_that_pretends_to_be_an_alarm_is_none(scene: Scene) -> None:
    forged = alarm("unhealthy", subject="system", state="OK", StateChangeTime="2999-01-01T00:00:00.000+0000")
    scene.send(alarm("unhealthy", subject="system"), forged | {"type": "system.dead_lettered"})

    scene.run()

    assert "Page:" in posted(scene)
    assert "recovered" not in posted(scene)
    assert len(scene.said("posted")) == 2  # the alarm, and that an alert could not be read


@pytest.mark.parametrize(
    "forged", [{"error": DRILL_ERROR}, {"error": DRILL_ERROR, "service": "system.heartbeat", "subject": "x"}]
)
def test_a_failure_beside_a_forged_drill_stays_one(scene: Scene, forged: dict[str, Any]) -> None:
    scene.send(dead_lettered(1), dead_lettered(2, **forged))

    scene.run()

    assert "python -m ops redrive email.send" in posted(scene)


def test_a_drill_is_one_where_the_heartbeat_says_so(scene: Scene) -> None:
    scene.send(dead_lettered(1, error=DRILL_ERROR, service="system.heartbeat", subject="system.heartbeat"))

    scene.run()

    assert "Drill:" in posted(scene)
    assert "redrive" not in posted(scene)


def test_that_an_alarm_which_has_just_been_made_finds_all_well_is_no_news(scene: Scene) -> None:
    made = [alarm(subject=f"type.{number}", state="OK", OldStateValue="INSUFFICIENT_DATA") for number in range(100)]
    scene.send(*made, alarm("depth"))

    scene.run()

    assert [line["alarms"] for line in scene.said("posted")] == [["taly-async-prod/email.send/depth"]]
    assert scene.waiting == []


def test_one_that_went_off_before_it_had_data_is_news_and_so_is_its_end(scene: Scene) -> None:
    scene.send(alarm(OldStateValue="INSUFFICIENT_DATA"))
    scene.run()
    scene.send(alarm(state="OK"))
    scene.run()

    assert [line["card"] for line in scene.said("posted")] == ["alarm", "recovery"]
