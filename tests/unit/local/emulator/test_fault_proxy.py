"""A fault becomes a microburst rule without irrelevant fields."""

import json

from local.emulator.fault_proxy import Fault


def test_an_error_for_a_number_of_calls_about_one_queue() -> None:
    fault = Fault(
        service="sqs",
        operation="SendMessageBatch",
        queue="q",
        times=3,
        code="RequestThrottled",
        status=400,
    )

    assert fault.rule() == {
        "service": "sqs",
        "operation": "SendMessageBatch",
        "body": "ends_with(QueueUrl, '/q')",
        "times": 3,
        "error": {"code": "RequestThrottled", "status": 400},
    }


def test_every_nth_call_is_slow() -> None:
    assert Fault(service="events", every=23, milliseconds=300).rule() == {
        "service": "events",
        "sequence": {"fail": 1, "pass": 22},
        "latency": 300,
    }


def test_a_connection_breaks_before_or_after_the_call() -> None:
    before, after = Fault(service="*", is_reset=True), Fault(service="*", is_lost=True)

    assert before.rule() == {"service": "*", "reset": True}
    assert json.loads(json.dumps(after.rule())) == {"service": "*", "response": {"abort_bytes": 0}}
