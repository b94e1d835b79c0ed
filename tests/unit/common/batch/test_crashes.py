"""A crash costs the record that caused it an attempt, and its neighbours nothing."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.errors import RetryableError
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import Handler, job, reaction
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import QUEUE, FakeContext, FunctionHarness, received, redelivered, sqs_record
from tests.fakes.sqs import QueuedMessage
from tests.messages import COMPANY


class Step(Payload):
    """A payload that says what the record does to its process."""

    end: str = "good"


NOTE = EventType("test.note", Step, Kind.JOB)
STEP = EventType("test.step", Step, Kind.REACTION, emits={NOTE})


class ProcessDied(BaseException):
    """Out of memory, out of time, killed: nothing in the process catches it."""


@pytest.fixture
def runs() -> list[str]:
    """The ids of the messages that were run, in order."""
    return []


@pytest.fixture
def step(runs: list[str]) -> Handler[Step]:
    @reaction(STEP)
    def handle(message: Message[Step]) -> Iterator[FollowUp]:
        runs.append(message.id)
        if message.payload.end == "death":
            raise ProcessDied
        if message.payload.end == "retryable":
            raise RetryableError("not now")
        yield Emit(NOTE, message.payload)

    return handle


@pytest.fixture
def note(runs: list[str]) -> Handler[Step]:
    @job(NOTE)
    def handle(message: Message[Step]) -> None:
        runs.append(message.id)
        if message.payload.end == "death":
            raise ProcessDied

    return handle


def body(message_id: str, end: str = "good", of: EventType[Any] = STEP, **fields: Any) -> str:
    message = {"type": of.name, "payload": {"companyId": COMPANY, "end": end}, "id": message_id, "attempts": 1}
    return json.dumps(message | {"timestamp": "2026-04-14T13:59:00Z"} | fields)


def record(text: str, receive_count: int = 1) -> SqsRecord:
    return sqs_record(text, message_id=f"m-{json.loads(text)['id']}", receive_count=receive_count)


class Queue:
    """The event source mapping of a queue: what is not settled comes back, and after 5 receives is moved away."""

    def __init__(
        self, handler: Handler[Any], harness: FunctionHarness, *bodies: str, batch_size: int, milliseconds: int = 30_000
    ) -> None:
        self.handler = handler
        self.harness = harness
        self.batch_size = batch_size
        self.context = FakeContext(milliseconds)
        self.moved_away: list[str] = []
        for text in bodies:
            harness.sqs.put(QUEUE, text)

    def drain(self) -> None:
        """Deliver batches until the queue is empty."""
        sqs = self.harness.sqs
        for _ in range(200):
            messages = sqs.messages(QUEUE)
            if not messages:
                return
            sqs.clock.sleep(max(0.0, (min(each.visible_at for each in messages) - sqs.clock.now()).total_seconds()))
            batch = sqs.visible(QUEUE)[: self.batch_size]
            self.moved_away += [each.body for each in batch if each.receives == 5]
            self._delete([each.id for each in batch if each.receives == 5])
            self._deliver([each for each in batch if each.receives < 5])
        pytest.fail("the queue is never empty")

    def _deliver(self, batch: Sequence[QueuedMessage]) -> None:
        for message in batch:
            self.harness.sqs.receive(message, seconds=180)
        try:
            records = [received(message) for message in batch]
            response = self.handler.process({"Records": records}, self.context, self.harness.runtime())
        except ProcessDied:
            return
        failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
        self._delete([message.id for message in batch if message.id not in failed])

    def _delete(self, ids: Sequence[str]) -> None:
        queue = self.harness.sqs.queues[QUEUE]
        queue[:] = [message for message in queue if message.id not in ids]


def test_neighbours_of_a_crash_are_done_in_their_first_attempt(step: Handler[Step], harness: FunctionHarness) -> None:
    bodies = [body(f"good-{number}") for number in range(9)]
    bodies.insert(4, body("deadly", "death"))
    queue = Queue(step, harness, *bodies, batch_size=10)

    queue.drain()

    succeeded = {line["id"]: line["attempt"] for line in harness.lines if line["outcome"] == "succeeded"}
    assert succeeded == {f"good-{number}": 1 for number in range(9)}
    assert queue.moved_away == []


def test_a_record_that_kills_its_process_is_crashed_after_3_lone_runs(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    bodies = [body("deadly", "death"), *(body(f"good-{number}") for number in range(9))]

    Queue(step, harness, *bodies, batch_size=10).drain()

    (dead_letter,) = harness.dead_letters
    history = json.loads(dead_letter["MessageAttributes"]["biography"]["StringValue"])
    assert (history["id"], history["reason"]) == ("deadly", "crashed")
    assert [(attempt["attempt"], attempt["error"]) for attempt in history["attempts"]] == [
        (1, "Crashed"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]
    assert runs.count("deadly") == 3, "once among others, when nobody could know, and then twice alone"


def test_two_crashing_records_are_both_found(step: Handler[Step], harness: FunctionHarness) -> None:
    bodies = [body("deadly-1", "death"), body("good"), body("deadly-2", "death"), body("good-too")]

    Queue(step, harness, *bodies, batch_size=10).drain()

    ended = {line["id"]: line["outcome"] for line in harness.lines if line["outcome"] not in {"deferred", "retrying"}}
    assert ended == {
        "deadly-1": "dead_lettered",
        "deadly-2": "dead_lettered",
        "good": "succeeded",
        "good-too": "succeeded",
    }


def test_neighbours_of_a_suspect_are_deferred(step: Handler[Step], harness: FunctionHarness, runs: list[str]) -> None:
    suspect = redelivered(apart(step, harness, body("suspect")), message_id="m-suspect")

    step.process({"Records": [record(body("fresh")), suspect]}, FakeContext(), harness.runtime())

    assert runs == ["suspect"]
    assert harness.sqs.deleted == {QUEUE: ["handle of m-fresh"]}
    (copy,) = harness.copies
    assert copy["MessageBody"] == body("fresh")
    history = json.loads(copy["MessageAttributes"]["history"]["StringValue"])
    assert (history["alone"], history["deferrals"]) == (False, 0)


def apart(handler: Handler[Step], harness: FunctionHarness, text: str, receive_count: int = 2) -> dict[str, Any]:
    """The copy by which a redelivered record waits to run alone."""
    handler.process({"Records": [record(text, receive_count)]}, FakeContext(), harness.runtime())
    return dict(harness.copies.pop())


def test_a_redelivered_record_is_deferred_to_run_alone(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    copy = apart(step, harness, body("suspect"))

    assert runs == []
    assert copy["MessageBody"] == body("suspect")
    history = json.loads(copy["MessageAttributes"]["history"]["StringValue"])
    assert (history["alone"], history["suspected"], history["deferrals"], history["attempts"]) == (True, 1, 0, [])
    assert harness.outcomes == ["deferred"]


def test_an_invocation_runs_only_one_suspect(step: Handler[Step], harness: FunctionHarness, runs: list[str]) -> None:
    copies = [apart(step, harness, body(f"suspect-{number}")) for number in range(3)]
    records = [redelivered(copy, message_id=f"m-{number}") for number, copy in enumerate(copies)]

    step.process({"Records": records}, FakeContext(), harness.runtime())

    assert runs == ["suspect-0"]
    assert [json.loads(copy["MessageBody"])["id"] for copy in harness.copies] == ["suspect-1", "suspect-2"]
    assert harness.sqs.deleted == {QUEUE: ["handle of m-1", "handle of m-2"]}


def test_a_suspect_that_does_not_crash_may_share_batches_again(step: Handler[Step], harness: FunctionHarness) -> None:
    copy = apart(step, harness, body("suspect", "retryable"))

    step.process({"Records": [redelivered(copy)]}, FakeContext(), harness.runtime())

    (retry,) = harness.copies
    assert json.loads(retry["MessageBody"])["attempts"] == 2
    assert json.loads(retry["MessageAttributes"]["history"]["StringValue"])["alone"] is False


def test_a_waiting_suspect_keeps_its_count_of_crashes(step: Handler[Step], harness: FunctionHarness) -> None:
    first, second = (apart(step, harness, body(name)) for name in ("first", "second"))
    records = [redelivered(first, message_id="m-1"), redelivered(second, message_id="m-2", receive_count=2)]

    step.process({"Records": records}, FakeContext(), harness.runtime())

    (copy,) = harness.copies
    assert json.loads(copy["MessageBody"])["attempts"] == 3
    history = json.loads(copy["MessageAttributes"]["history"]["StringValue"])
    assert [attempt["error"] for attempt in history["attempts"]] == ["Crashed", "Crashed"]
    assert (history["alone"], history["suspected"]) == (True, 0), "what is counted is not counted again"


def test_a_suspect_runs_even_if_its_neighbours_cannot_be_deleted(
    step: Handler[Step], harness: FunctionHarness, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suspect = redelivered(apart(step, harness, body("suspect")), message_id="m-suspect")
    monkeypatch.setattr(harness.sqs, "delete_message_batch", _refuse)

    step.process({"Records": [suspect, record(body("fresh"))]}, FakeContext(), harness.runtime())

    assert runs == ["suspect"]


def _refuse(**_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://sqs.test")


def test_a_crash_of_a_job_run_alone_is_its_attempt(
    note: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    bodies = body("deadly", "death", of=NOTE), body("good", of=NOTE)

    # SQS delivers again when six times the function's time is over, and with it the job's.
    Queue(note, harness, *bodies, batch_size=1, milliseconds=1).drain()

    assert runs.count("deadly") == 3
    assert {line["id"]: line["outcome"] for line in harness.lines} == {"deadly": "dead_lettered", "good": "succeeded"}
    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageAttributes"]["reason"]["StringValue"] == "crashed"


def test_a_jobs_second_receive_is_its_second_attempt(note: Handler[Step], harness: FunctionHarness) -> None:
    note.process({"Records": [record(body("n", of=NOTE), receive_count=2)]}, FakeContext(), harness.runtime())

    assert (harness.lines[0]["outcome"], harness.lines[0]["attempt"]) == ("succeeded", 2)
