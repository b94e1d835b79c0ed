"""A sign of life goes the whole way and leads to nothing."""

import json

from lambdas.queue_processor.handler import handler as ingress
from lambdas.system_heartbeat.handler import handler
from schemas.system import DRILL
from tests.fakes.function import FakeContext, World, sqs_event


def beat(time: str) -> str:
    nobody = "00000000-0000-0000-0000-000000000000"
    return json.dumps({"type": "system.heartbeat", "payload": {"companyId": nobody}, "timestamp": time, "attempts": 1})


def test_it_goes_by_the_ingress_and_the_bus_to_its_function(world: World) -> None:
    ingress.process(sqs_event(beat("2026-04-14T14:00:00Z")), FakeContext(), world.runtime())

    handler.process(sqs_event(world.events.published[0]["Detail"]), FakeContext(), world.runtime())

    assert world.outcomes == ["routed", "succeeded"]
    assert len(world.events.published) == 1
    assert world.sqs.calls == []


def test_it_is_no_duplicate_of_the_minute_before(world: World) -> None:
    beats = [beat("2026-04-14T14:00:00Z"), beat("2026-04-14T14:01:00Z"), beat("2026-04-14T14:00:00Z")]

    ingress.process(sqs_event(*beats), FakeContext(), world.runtime())

    first, second, first_again = (line["id"] for line in world.lines)
    assert first == first_again != second


def test_a_drill_fails_at_once_on_purpose_and_people_are_told(world: World) -> None:
    drill = json.loads(beat("2026-04-14T14:00:00Z"))
    drill["payload"]["drill"] = True

    handler.process(sqs_event(json.dumps(drill)), FakeContext(), world.runtime())

    assert world.outcomes == ["dead_lettered"]
    (alert,) = (json.loads(entry["Detail"])["payload"] for entry in world.events.alerts)
    assert (alert["error"], alert["reason"], alert["subject"]) == (DRILL, "permanent", "system.heartbeat")
    assert alert["frame"] == "lambdas.system_heartbeat.handler:handler"
