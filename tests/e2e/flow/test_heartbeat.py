"""A sign of life goes all the way; the scheduler, which would send it each minute, is not emulated."""

from local.traffic import mix
from local.traffic.variations import an_older_one
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.e2e.scene import Scene, endings


def test_it_goes_all_the_way_and_leads_to_nothing(scene: Scene) -> None:
    beat = scene.publish(mix.heartbeat)

    lines = scene.came_true(beat)

    assert endings(lines) == [(QUEUE_PROCESSOR, Outcome.ROUTED), (SYSTEM_HEARTBEAT.name, Outcome.SUCCEEDED)]
    assert {line.company_id for line in lines} == {NO_TENANT}
    assert all((line.follow_ups, line.scheduled) == ((), ()) for line in lines)


def test_those_of_two_minutes_are_no_duplicates_though_only_their_timestamps_differ(scene: Scene) -> None:
    beat = scene.publish(mix.heartbeat)
    first = scene.repeat(beat, an_older_one)
    second = scene.repeat(first, an_older_one)

    lines = scene.came_true(beat, first, second)

    assert len({beat.id, first.id, second.id}) == 3
    assert [line.what for line in lines if line.service == SYSTEM_HEARTBEAT.name] == [Outcome.SUCCEEDED] * 3
