"""A heartbeat passes through the whole system; a test publishes it, since this stage's clock is not started."""

from local.traffic import mix
from local.traffic.duplicates import older_change
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.e2e.scene import Scene, outcomes


def test_a_heartbeat_passes_through_the_system_without_follow_ups(scene: Scene) -> None:
    heartbeat = scene.publish(mix.heartbeat)

    lines = scene.completed(heartbeat)

    assert outcomes(lines) == [(QUEUE_PROCESSOR, Outcome.ROUTED), (SYSTEM_HEARTBEAT.name, Outcome.SUCCEEDED)]
    assert {line.company_id for line in lines} == {NO_TENANT}
    assert all((line.follow_ups, line.scheduled) == ((), ()) for line in lines)


def test_heartbeats_of_different_minutes_are_not_duplicates(scene: Scene) -> None:
    heartbeat = scene.publish(mix.heartbeat)
    first = scene.publish_second(heartbeat, older_change)
    second = scene.publish_second(first, older_change)

    lines = scene.completed(heartbeat, first, second)

    assert len({heartbeat.id, first.id, second.id}) == 3
    assert [line.what for line in lines if line.service == SYSTEM_HEARTBEAT.name] == [Outcome.SUCCEEDED] * 3
