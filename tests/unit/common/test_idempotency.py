"""A job's side effect is done once, whatever comes twice, together or in between."""

import json
from time import time
from typing import Any

import pytest

from lambdas.common.errors import PermanentError, RetryableError, Skip
from lambdas.common.handlers import Handler, job
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.names import SOURCE
from schemas.wire import Payload
from tests.benchmarks.recorded_aws import RecordedAws
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_event
from tests.fakes.service import failing
from tests.messages import COMPANY

OTHER_COMPANY = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"


class Task(Payload):
    """A task that says what is to become of it."""

    end: str = "good"


TASK = EventType("test.task", Task, Kind.JOB)
OTHER = EventType("test.other", Task, Kind.JOB)


class Effects:
    """The side effects as seen from outside."""

    def __init__(self) -> None:
        self.done: list[str] = []


@pytest.fixture
def effects() -> Effects:
    return Effects()


def handler_of(event_type: EventType[Task], effects: Effects) -> Handler[Task]:
    failures = {
        "retryable": RetryableError("not now"),
        "permanent": PermanentError("never"),
        "skip": Skip("paid already"),
    }

    @job(event_type)
    def handle(task: Message[Task]) -> None:
        if task.payload.end in failures:
            raise failures[task.payload.end]
        effects.done.append(task.id)

    return handle


@pytest.fixture
def handler(effects: Effects) -> Handler[Task]:
    return handler_of(TASK, effects)


def task(*, end: str = "good", of: EventType[Task] = TASK, **changes: Any) -> str:
    message = {"type": of.name, "payload": {"companyId": COMPANY, "end": end}, "id": "t-1", "attempts": 1}
    return json.dumps(message | {"timestamp": "2026-04-14T13:59:00Z"} | changes)


def run(handler: Handler[Task], harness: FunctionHarness, body: str) -> dict[str, Any]:
    """The outcome line of one delivery."""
    response = handler.process(sqs_event(body), FakeContext(), harness.runtime())
    assert response == {"batchItemFailures": []}
    return harness.lines[-1]


def test_a_second_delivery_of_a_job_is_a_duplicate(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    first, second = run(handler, harness, task()), run(handler, harness, task())

    assert (first["outcome"], second["outcome"]) == ("succeeded", "duplicate")
    assert effects.done == ["t-1"]


@pytest.mark.parametrize("change", [{"attempts": 2}, {"timestamp": "2026-05-01T00:00:00Z"}, {"unknown": 1}])
def test_a_copy_with_other_attempts_or_hops_is_a_duplicate(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects, change: dict[str, Any]
) -> None:
    run(handler, harness, task())

    assert run(handler, harness, task(**change))["outcome"] == "duplicate"
    assert effects.done == ["t-1"]


def test_another_type_may_have_the_same_id(handler: Handler[Task], harness: FunctionHarness, effects: Effects) -> None:
    run(handler, harness, task())

    other = run(handler_of(OTHER, effects), harness, task(of=OTHER))

    assert other["outcome"] == "succeeded"
    assert effects.done == ["t-1", "t-1"]


def test_another_tenant_may_have_the_same_id(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task())

    other = run(handler, harness, task(payload={"companyId": OTHER_COMPANY, "end": "good"}))

    assert other["outcome"] == "succeeded"
    assert effects.done == ["t-1", "t-1"]


def test_a_finished_job_is_remembered_for_thirty_days(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task())

    ((key, item),) = harness.dynamodb.items.items()
    assert key.startswith("test.task#")
    assert item["status"]["S"] == "COMPLETED"
    in_days = (float(item["expiration"]["N"]) - _now()) / 86_400
    assert in_days == pytest.approx(30, abs=0.1)


def test_the_clients_listeners_are_as_many_after_fifty_jobs_as_after_one(
    handler: Handler[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = RecordedAws().client("dynamodb")
    listeners: list[str] = []
    monkeypatch.setattr(client.meta.events, "register", lambda event, _listener: listeners.append(event))
    harness = FunctionHarness(clients={"dynamodb": client})
    runtime = harness.runtime()

    def listeners_after(jobs: range) -> int:
        for number in jobs:
            cause = "b-1" if number % 2 else None
            handler.process(sqs_event(task(id=f"t-{number}", causationId=cause)), FakeContext(), runtime)
        return len(listeners)

    after_one, after_fifty = listeners_after(range(1)), listeners_after(range(1, 50))

    assert harness.outcomes == ["succeeded"] * 50
    assert after_one > 0
    assert after_fifty == after_one


def _now() -> float:
    """Powertools looks at the real clock."""
    return time()


def test_a_root_messages_id_with_another_payload_is_an_id_conflict(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task())

    line = run(handler, harness, task(payload={"companyId": COMPANY, "end": "good", "amount": 2}))

    assert (line["outcome"], line["reason"]) == ("dead_lettered", "id_conflict")
    assert effects.done == ["t-1"]


@pytest.mark.parametrize("amount", ["2.0", "2e0", "20E-1"])
def test_another_spelling_of_the_same_payload_is_a_duplicate(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects, amount: str
) -> None:
    body = task(payload={"companyId": COMPANY, "end": "good", "amount": 12345})
    run(handler, harness, body.replace("12345", "2"))

    line = run(handler, harness, json.dumps(json.loads(body), indent=1, sort_keys=True).replace("12345", amount))

    assert line["outcome"] == "duplicate"
    assert effects.done == ["t-1"]


@pytest.mark.parametrize("value", ["9007199254740993", "1e400", "NaN"])
def test_a_job_with_a_payload_without_canonical_form_runs_once(
    handler: Handler[Task], harness: FunctionHarness, value: str
) -> None:
    body = task(payload={"companyId": COMPANY, "unknown": 12345}).replace("12345", value)

    outcomes = [run(handler, harness, body)["outcome"] for _ in range(2)]

    assert outcomes == ["succeeded", "duplicate"]


def test_a_follow_up_with_a_known_id_is_a_duplicate_whatever_its_payload(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    fresh = {"companyId": COMPANY, "end": "good", "fresh": "read"}
    run(handler, harness, task(causationId="parent", source=SOURCE))

    line = run(handler, harness, task(causationId="parent", source=SOURCE, payload=fresh))

    assert line["outcome"] == "duplicate"
    assert effects.done == ["t-1"]


@pytest.mark.parametrize("sources", [("crm", "crm"), ("crm", SOURCE), (SOURCE, "crm")], ids=str)
def test_a_services_own_chain_with_a_known_id_is_an_id_conflict(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects, sources: tuple[str, str]
) -> None:
    other = {"companyId": COMPANY, "end": "good", "other": "task"}
    first, second = sources
    run(handler, harness, task(causationId="parent", source=first))

    line = run(handler, harness, task(causationId="parent", source=second, payload=other))

    assert (line["outcome"], line.get("reason")) == ("dead_lettered", "id_conflict")
    assert effects.done == ["t-1"]


def test_a_services_own_chain_that_comes_twice_is_a_duplicate(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    outcomes = [run(handler, harness, task(causationId="parent", source="crm"))["outcome"] for _ in range(2)]

    assert outcomes == ["succeeded", "duplicate"]
    assert effects.done == ["t-1"]


@pytest.mark.parametrize(
    ("first", "second"), [("parent", "another"), ("parent", None), (None, "parent")], ids=["parents", "root", "chain"]
)
@pytest.mark.parametrize("status", ["COMPLETED", "INPROGRESS"])
def test_a_known_id_from_elsewhere_is_an_id_conflict(
    harness: FunctionHarness, first: str | None, second: str | None, status: str
) -> None:
    handler = handler_of(TASK, effects := Effects())
    run(handler, harness, task(causationId=first))
    if status == "INPROGRESS":
        in_progress(harness, 20_000)

    line = run(handler, harness, task(causationId=second))

    assert (line["outcome"], line["reason"]) == ("dead_lettered", "id_conflict")
    assert effects.done == ["t-1"]
    (letter,), (_alert,) = harness.dead_letters, harness.events.alerts
    assert json.loads(letter["MessageBody"])["causationId"] == second


def test_a_conflicting_message_runs_in_place_of_one_that_failed(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task(end="retryable"))
    run(handler, harness, task())

    handler.process({"Records": [redelivered(harness.copies.pop())]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["retrying", "succeeded", "dead_lettered"]
    assert harness.lines[-1]["reason"] == "id_conflict"


def in_progress(harness: FunctionHarness, milliseconds: int) -> None:
    """The job is being run by a function that has so long still."""
    for item in harness.dynamodb.items.values():
        item["status"] = {"S": "INPROGRESS"}
        item["in_progress_expiration"] = {"N": str(int(_now() * 1000) + milliseconds)}


def test_a_concurrent_duplicate_is_deferred_and_spends_no_attempt(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task())
    in_progress(harness, 20_000)

    line = run(handler, harness, task())

    assert line["outcome"] == "deferred"
    (copy,) = harness.copies
    assert json.loads(copy["MessageBody"])["attempts"] == 1
    assert effects.done == ["t-1"]


def test_a_concurrent_duplicate_is_a_duplicate_when_the_other_is_done(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task())
    in_progress(harness, 20_000)
    run(handler, harness, task())
    for item in harness.dynamodb.items.values():
        item["status"] = {"S": "COMPLETED"}

    handler.process({"Records": [redelivered(harness.copies.pop())]}, FakeContext(), harness.runtime())

    assert harness.outcomes[-1] == "duplicate"
    assert effects.done == ["t-1"]


def test_a_job_whose_process_ended_runs_again_after_its_timeout(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task())
    in_progress(harness, -1)

    assert run(handler, harness, task())["outcome"] == "succeeded"
    assert effects.done == ["t-1", "t-1"]


def test_a_job_counts_as_lost_after_its_functions_timeout(harness: FunctionHarness) -> None:
    seen: list[dict[str, Any]] = []

    @job(TASK)
    def look(_task: Message[Task]) -> None:
        seen.extend(dict(item) for item in harness.dynamodb.items.values())

    look.process(sqs_event(task()), FakeContext(milliseconds=7_000), harness.runtime())

    (item,) = seen
    assert item["status"]["S"] == "INPROGRESS"
    assert (float(item["in_progress_expiration"]["N"]) / 1000 - _now()) == pytest.approx(7, abs=1)


@pytest.mark.parametrize("end", ["retryable", "permanent", "skip"])
def test_a_failed_job_leaves_no_trace_in_the_table(handler: Handler[Task], harness: FunctionHarness, end: str) -> None:
    run(handler, harness, task(end=end))

    assert harness.dynamodb.items == {}


def test_a_failed_attempt_is_followed_by_one_that_runs(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    run(handler, harness, task(end="retryable"))
    assert harness.outcomes == ["retrying"]

    again = json.loads(harness.copies.pop()["MessageBody"])
    run(handler, harness, json.dumps(again | {"causationId": "x", "payload": {"companyId": COMPANY}}))

    assert effects.done == ["t-1"]


def test_a_job_is_deferred_when_the_table_does_not_answer(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    harness.dynamodb.fail = failing("ProvisionedThroughputExceededException")

    line = run(handler, harness, task())

    assert line["outcome"] == "deferred"
    assert "the table cannot tell whether it was done" in line["detail"]
    assert effects.done == []


def test_a_job_whose_success_cannot_be_stored_counts_as_done(
    handler: Handler[Task], harness: FunctionHarness, effects: Effects
) -> None:
    harness.dynamodb.fail = failing("InternalServerError", "update_item")

    assert run(handler, harness, task())["outcome"] == "succeeded"
    assert effects.done == ["t-1"]


def test_a_job_failure_is_reported_even_if_the_table_fails_too(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    harness.dynamodb.fail = failing("InternalServerError", "delete_item")

    line = run(handler, harness, task(end="retryable"))

    assert (line["outcome"], line["error"]) == ("retrying", "RetryableError")
