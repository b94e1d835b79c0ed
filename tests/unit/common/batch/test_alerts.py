"""Alerts about dead letters: one for each batch and cause, without values of payloads."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, reaction
from lambdas.queue_processor.handler import handler as ingress
from schemas.decoding import decode
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.system import NO_TENANT, SYSTEM_DEAD_LETTERED
from schemas.wire import Payload
from tests.fakes.function import DEAD_LETTER_QUEUE, FakeContext, FunctionHarness, begun, sqs_event, sqs_record
from tests.fakes.service import refusing
from tests.messages import COMPANY

OTHER_COMPANY = "c56a4180-65aa-42ec-a945-5fd21dec0538"


class Task(Payload):
    """A task that fails for good, in one of several ways."""

    fault: str


TASK = EventType("test.task", Task, Kind.REACTION)


class OtherError(PermanentError):
    """Another cause."""


@reaction(TASK)
def handler(task: Message[Task]) -> Iterator[FollowUp]:
    fault = task.payload.fault
    if fault != "none":
        cause = OtherError if fault == "other" else PermanentError
        raise cause(f"no such thing as {fault}")
    yield from ()


def task(number: int, fault: str, company: str = COMPANY) -> str:
    fields = {"id": f"task-{number}", "type": "test.task", "timestamp": "2026-04-14T13:59:00Z", "attempts": 1}
    return json.dumps({**fields, "payload": {"companyId": company, "fault": fault}})


def run(harness: FunctionHarness, *bodies: str, by: Handler[Task] = handler) -> list[dict[str, str]]:
    return by.process(sqs_event(*bodies), FakeContext(), harness.runtime())["batchItemFailures"]


def alerts(harness: FunctionHarness) -> list[dict[str, Any]]:
    """The alerts' payloads."""
    return [json.loads(entry["Detail"])["payload"] for entry in harness.events.alerts]


def test_a_batch_without_dead_letters_publishes_no_alert(harness: FunctionHarness) -> None:
    run(harness, task(1, "none"), task(2, "none"))

    assert harness.events.calls == []


def test_each_cause_makes_one_alert(harness: FunctionHarness) -> None:
    run(harness, task(1, "first"), task(2, "other"), task(3, "second", OTHER_COMPANY), task(4, "none"))

    same, other = alerts(harness)
    assert (same["count"], same["ids"], same["companies"]) == (2, ["task-1", "task-3"], [COMPANY, OTHER_COMPANY])
    assert (other["count"], other["ids"], other["error"]) == (1, ["task-2"], "OtherError")
    assert same["fingerprint"] != other["fingerprint"]
    assert len(harness.events.calls) == 1


def test_an_alert_names_the_failure_and_the_dead_letter_queue(harness: FunctionHarness) -> None:
    run(harness, task(1, "first"))

    (alert,) = alerts(harness)
    dead_letter = harness.dead_letters[0]["MessageAttributes"]
    assert alert["fingerprint"] == dead_letter["fingerprint"]["StringValue"]
    assert alert["reason"] == dead_letter["reason"]["StringValue"] == "permanent"
    assert (
        alert
        | {
            "service": "test.task",
            "subject": "test.task",
            "error": "PermanentError",
            "attempts": 1,
            "function": "taly-test",
            "logGroup": "/aws/lambda/taly-test",
            "deadLetterQueueUrl": DEAD_LETTER_QUEUE,
            "frame": "lambdas.common.handlers:planned",
        }
        == alert
    )


def settled(harness: FunctionHarness, *groups: str | None, work: Any = handler) -> None:
    """Dead-letter a record for each message group that it comes with."""
    records = [
        sqs_record(task(number, "first"), message_id=f"m-{number}", group=group) for number, group in enumerate(groups)
    ]
    work.process({"Records": records}, FakeContext(), harness.runtime())


def test_an_alert_counts_dead_letters_without_their_tenants_group(harness: FunctionHarness) -> None:
    harness.settings = {"message_groups": "1"}

    settled(harness, COMPANY, None, "$.detail.payload.companyId")

    (alert,) = alerts(harness)
    assert (alert["count"], alert["withoutTenantGroup"]) == (3, 2)
    assert [line["message_group"] for line in harness.lines] == ["tenant", "none", "another"]


@pytest.mark.parametrize("work", [handler, ingress])
def test_where_no_group_is_expected_none_is_missing(harness: FunctionHarness, work: Any) -> None:
    settled(harness, COMPANY, None, work=work)

    assert alerts(harness)[0]["withoutTenantGroup"] == 0
    assert [line for line in harness.lines if "message_group" in line] == []


def test_an_alert_has_no_value_of_a_payload(harness: FunctionHarness) -> None:
    run(harness, task(1, "Ada Lovelace"))

    assert "Lovelace" not in harness.events.alerts[0]["Detail"]
    assert alerts(harness)[0]["detail"] == "no such thing as [redacted]"


def test_an_alert_is_valid_and_continues_the_chain(harness: FunctionHarness) -> None:
    run(harness, task(1, "first"))

    read = decode(harness.events.alerts[0]["Detail"], SYSTEM_DEAD_LETTERED, catalogue=dict)

    assert isinstance(read, Message)
    assert (read.company_id, read.source) == (NO_TENANT, "taly.queue-processor")
    assert (read.correlation_id, read.causation_id) == ("task-1", "task-1")


@pytest.mark.parametrize(
    "body", ["{broken", '{"type": "x"}', json.dumps({"type": f"a.{'b' * 300}", "payload": {"companyId": "nobody's"}})]
)
def test_the_ingress_publishes_an_alert_about_invalid_messages(harness: FunctionHarness, body: str) -> None:
    ingress.process(sqs_event(body), FakeContext(), harness.runtime())

    assert isinstance(decode(harness.events.alerts[0]["Detail"], SYSTEM_DEAD_LETTERED, catalogue=dict), Message)
    (alert,) = alerts(harness)
    assert (alert["service"], alert["count"], alert["companies"]) == ("queue_processor", 1, [])


def test_a_refused_dead_letter_has_no_alert_yet(harness: FunctionHarness) -> None:
    harness.sqs.refuse = refusing("InternalError")

    failed = run(harness, task(1, "first"))

    assert len(failed) == 1
    assert harness.events.alerts == []


def test_a_refused_alert_leaves_the_dead_letter_and_is_logged(harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")

    assert run(harness, task(1, "first")) == []

    assert len(harness.dead_letters) == 1
    outcome, refused = (json.loads(line) for line in harness.log if '"_aws"' not in line)
    assert outcome["outcome"] == "dead_lettered"
    assert (refused["message"], refused["refused"]) == ("alert-refused", "ThrottlingException")
    assert refused["fingerprint"] == outcome["fingerprint"]


def test_a_cause_has_one_fingerprint_and_each_alert_its_own_id(harness: FunctionHarness) -> None:
    run(harness, task(1, "first"))
    run(harness, task(1, "none"), task(2, "second"))

    first, second = alerts(harness)
    assert first["fingerprint"] == second["fingerprint"]
    assert len({json.loads(entry["Detail"])["id"] for entry in harness.events.alerts}) == 2


def test_an_alert_refused_for_now_is_published_again(harness: FunctionHarness) -> None:
    refusals = iter(["ThrottlingException", None])
    harness.events.refuse = lambda *_: next(refusals)

    run(harness, task(1, "first"))

    assert len(harness.events.alerts) == 1
    assert "alert-refused" not in "".join(harness.log)


def test_a_failing_alert_does_not_bring_its_message_back(
    harness: FunctionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr("lambdas.common.batch.alerts._payload", fail)

    assert run(harness, task(1, "first")) == []

    assert len(harness.dead_letters) == 1
    assert json.loads(harness.log[1])["refused"] == "ValueError"


def test_attempts_beyond_a_safe_integer_are_cut(harness: FunctionHarness) -> None:
    body = json.dumps(json.loads(task(1, "first")) | {"attempts": 2**53 - 1})
    begun(harness, "test.task", "m-1", times=1)
    record = sqs_record(body, receive_count=3)

    handler.process({"Records": [record]}, FakeContext(), harness.runtime())

    assert alerts(harness)[0]["attempts"] == 2**53 - 1
