"""A heartbeat passes every part and emits nothing."""

import json

from lambdas.queue_processor.handler import handler as ingress
from lambdas.system_heartbeat.handler import handler
from schemas.system import DRILL_ERROR
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event


def beat(time: str) -> str:
    nobody = "00000000-0000-0000-0000-000000000000"
    return json.dumps({"type": "system.heartbeat", "payload": {"companyId": nobody}, "timestamp": time, "attempts": 1})


def test_heartbeat_passes_ingress_bus_and_function(harness: FunctionHarness) -> None:
    ingress.process(sqs_event(beat("2026-04-14T14:00:00Z")), FakeContext(), harness.runtime())

    handler.process(sqs_event(harness.events.published[0]["Detail"]), FakeContext(), harness.runtime())

    assert harness.outcomes == ["routed", "succeeded"]
    assert len(harness.events.published) == 1
    assert harness.sqs.calls == []


def test_heartbeats_of_two_minutes_have_different_ids(harness: FunctionHarness) -> None:
    beats = [beat("2026-04-14T14:00:00Z"), beat("2026-04-14T14:01:00Z"), beat("2026-04-14T14:00:00Z")]

    ingress.process(sqs_event(*beats), FakeContext(), harness.runtime())

    first, second, first_again = (line["id"] for line in harness.lines)
    assert first == first_again != second


def test_drill_is_dead_lettered_and_alerted(harness: FunctionHarness) -> None:
    drill = json.loads(beat("2026-04-14T14:00:00Z"))
    drill["payload"]["drill"] = True

    handler.process(sqs_event(json.dumps(drill)), FakeContext(), harness.runtime())

    assert harness.outcomes == ["dead_lettered"]
    (alert,) = (json.loads(entry["Detail"])["payload"] for entry in harness.events.alerts)
    assert (alert["error"], alert["reason"], alert["subject"]) == (DRILL_ERROR, "permanent", "system.heartbeat")
    assert alert["frame"] == "lambdas.system_heartbeat.handler:handler"
