"""A crash costs the record that caused it an attempt, its neighbours nothing; a throttle costs nobody anything."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.batch import redelivery
from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.errors import RetryableError
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import Handler, job, reaction
from lambdas.queue_processor.handler import handler as ingress
from lambdas.queue_processor.ingress import IngressHandler
from schemas.event_type import EventType, Kind
from schemas.message import AnyMessage, Message
from schemas.problems import Refusal
from schemas.wire import Payload
from tests.fakes.function import QUEUE, FakeContext, FunctionHarness, begun, received, redelivered, sqs_record
from tests.fakes.service import failing, refusing
from tests.fakes.sqs import QueuedMessage
from tests.messages import COMPANY, booking, text


class Step(Payload):
    """A payload that says what the record does to its process."""

    end: str = "good"


NOTE = EventType("test.note", Step, Kind.JOB)
STEP = EventType("test.step", Step, Kind.REACTION, emits={NOTE})


MAX_RECEIVES = 20


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


def record(of: str, receive_count: int = 1) -> SqsRecord:
    return sqs_record(of, message_id=f"m-{json.loads(of)['id']}", receive_count=receive_count, group=COMPANY)


class Queue:
    """The event source mapping of a queue: what is not settled comes back, and after 20 receives is moved away."""

    def __init__(
        self,
        handler: Handler[Any] | IngressHandler,
        harness: FunctionHarness,
        *bodies: str,
        batch_size: int,
        milliseconds: int = 30_000,
    ) -> None:
        self.handler = handler
        self.harness = harness
        self.batch_size = batch_size
        self.context = FakeContext(milliseconds)
        self.moved_away: list[str] = []
        self.unstarted = 0
        """How many of the next deliveries reach no function: Lambda throttles them, or it cannot start."""
        self._began_at = harness.sqs.clock.now()
        for each in bodies:
            harness.sqs.put(QUEUE, each, group=COMPANY)

    @property
    def minutes(self) -> float:
        """Minutes since the messages were put on the queue."""
        return (self.harness.sqs.clock.now() - self._began_at).total_seconds() / 60

    def drain(self) -> None:
        """Deliver batches until the queue is empty."""
        sqs = self.harness.sqs
        for _ in range(200):
            messages = sqs.messages(QUEUE)
            if not messages:
                return
            sqs.clock.sleep(max(0.0, (min(each.visible_at for each in messages) - sqs.clock.now()).total_seconds()))
            batch = sqs.visible(QUEUE)[: self.batch_size]
            self.moved_away += [each.body for each in batch if each.receives == MAX_RECEIVES]
            self._delete([each.id for each in batch if each.receives == MAX_RECEIVES])
            self._deliver([each for each in batch if each.receives < MAX_RECEIVES])
        pytest.fail("the queue is never empty")

    def _deliver(self, batch: Sequence[QueuedMessage]) -> None:
        for message in batch:
            self.harness.sqs.receive(message, seconds=180)
        if batch and self.unstarted:
            self.unstarted -= 1
            return
        self.harness.now = max(self.harness.now, self.harness.sqs.clock.now())
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


def history_of(sent: Mapping[str, Any], attribute: str = "history") -> dict[str, Any]:
    return dict(json.loads(sent["MessageAttributes"][attribute]["StringValue"]))


THREE_CRASHES = [(1, "Crashed"), (2, "Crashed"), (3, "Crashed")]


def crashes_of(dead_letter: Mapping[str, Any]) -> list[tuple[int, str]]:
    history = history_of(dead_letter, "biography")
    assert history["reason"] == "crashed"
    return [(attempt["attempt"], attempt["error"]) for attempt in history["attempts"]]


def test_a_record_that_kills_its_process_is_crashed_after_3_noted_runs(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    bodies = [body("deadly", "death"), *(body(f"good-{number}") for number in range(9))]

    Queue(step, harness, *bodies, batch_size=10).drain()

    (dead_letter,) = harness.dead_letters
    assert crashes_of(dead_letter) == THREE_CRASHES
    assert history_of(dead_letter, "biography")["id"] == "deadly", "it was read, and only running it ended the process"
    assert runs.count("deadly") == 4, "once among others and not noted, then three times alone"


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


def test_all_but_one_of_a_batch_that_comes_back_are_put_back(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    records = [record(body("fresh")), record(body("again"), 2), record(body("often"), 3)]

    step.process({"Records": records}, FakeContext(), harness.runtime())

    assert runs == ["often"], "a copy's receive count begins anew: the one that came back most often runs"
    assert harness.sqs.deleted == {QUEUE: ["handle of m-fresh, receive 1", "handle of m-again, receive 2"]}
    assert [copy["MessageBody"] for copy in harness.copies] == [body("fresh"), body("again")]
    assert [copy["MessageGroupId"] for copy in harness.copies] == [COMPANY, COMPANY]
    histories = [history_of(copy) for copy in harness.copies]
    assert [history["noted_as"] for history in histories] == ["", "m-again"], "only what came back runs alone"
    assert [history["deferrals"] for history in histories] == [0, 0]
    assert [(line["outcome"], line.get("id"), line["sqs_message_id"]) for line in harness.lines] == [
        ("deferred", None, "m-fresh"),
        ("deferred", None, "m-again"),
        ("succeeded", "often", "m-often"),
    ]


UNREADABLE = "not read"


class ReadsAndDies(IngressHandler):
    """An ingress whose process ends while it reads a certain body."""

    reads = 0

    def read(self, body: str) -> AnyMessage | Refusal:
        if UNREADABLE in body:
            self.reads += 1
            raise ProcessDied
        return super().read(body)


def test_a_body_that_kills_its_reader_is_dead_lettered_unread(harness: FunctionHarness) -> None:
    deadly = text(booking(id="deadly", note=UNREADABLE))
    good = [text(booking(id=f"good-{number}")) for number in range(9)]
    reader = ReadsAndDies(ingress.decide)

    Queue(reader, harness, *good[:5], deadly, *good[5:], batch_size=10).drain()

    assert sorted(json.loads(entry["Detail"])["id"] for entry in harness.events.published) == [
        f"good-{number}" for number in range(9)
    ]
    (dead_letter,) = harness.dead_letters
    assert (dead_letter["MessageBody"], dead_letter["MessageGroupId"]) == (deadly, COMPANY)
    assert crashes_of(dead_letter) == THREE_CRASHES
    assert "id" not in history_of(dead_letter, "biography"), "its id is in the body, which nobody reads again"
    assert reader.reads == 4


def test_a_refused_body_of_a_batch_that_came_back_has_its_own_reason(harness: FunctionHarness) -> None:
    records = [sqs_record("{broken", message_id="m-1", receive_count=2)]

    ingress.process({"Records": records}, FakeContext(), harness.runtime())

    assert (harness.lines[0]["reason"], harness.lines[0]["attempt"]) == ("invalid_json", 1)


def test_an_invocation_runs_only_one_suspect(step: Handler[Step], harness: FunctionHarness, runs: list[str]) -> None:
    step.process({"Records": [record(body(f"s-{n}"), 2) for n in range(3)]}, FakeContext(), harness.runtime())
    records = [redelivered(copy, message_id=f"copy-{number}") for number, copy in enumerate(harness.copies)]
    harness.copies.clear()

    step.process({"Records": records}, FakeContext(), harness.runtime())

    assert runs == ["s-0", "s-1"]
    (copy,) = harness.copies
    assert (json.loads(copy["MessageBody"])["id"], history_of(copy)["noted_as"]) == ("s-2", "m-s-2")


def test_a_suspect_that_fails_may_share_batches_again(step: Handler[Step], harness: FunctionHarness) -> None:
    step.process({"Records": [record(body("suspect", "retryable"), 2)]}, FakeContext(), harness.runtime())

    (retry,) = harness.copies
    assert json.loads(retry["MessageBody"])["attempts"] == 2
    assert history_of(retry)["noted_as"] == ""


def test_a_suspect_that_is_put_back_keeps_its_count_of_crashes(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    begun(harness, STEP.name, "m-first", times=3, was_read=True)
    step.process(
        {"Records": [record(body("first", "death"), 4), record(body("other"), 5)]}, FakeContext(), harness.runtime()
    )

    step.process({"Records": [redelivered(harness.copies.pop())]}, FakeContext(), harness.runtime())

    assert runs == ["other"]
    (dead_letter,) = harness.dead_letters
    assert crashes_of(dead_letter) == THREE_CRASHES


def test_a_suspect_runs_even_if_its_neighbours_cannot_be_deleted(
    step: Handler[Step], harness: FunctionHarness, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.sqs, "delete_message_batch", _refuse)

    step.process({"Records": [record(body("suspect"), 2), record(body("fresh"))]}, FakeContext(), harness.runtime())

    assert runs == ["suspect"]


def _refuse(**_: object) -> None:
    raise EndpointConnectionError(endpoint_url="https://sqs.test")


def test_a_neighbour_too_large_for_a_copy_stays_on_the_queue(step: Handler[Step], harness: FunctionHarness) -> None:
    large = body("large", filler="")
    large = body("large", filler="x" * (1_048_576 - len(large)))

    response = step.process(
        {"Records": [record(body("suspect"), 3), record(large, 2)]}, FakeContext(), harness.runtime()
    )

    assert response == {"batchItemFailures": [{"itemIdentifier": "m-large"}]}
    assert harness.dead_letters == []
    assert harness.sqs.deleted == {}


def test_a_crash_of_a_job_is_its_attempt_once_it_was_noted(
    note: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    bodies = body("deadly", "death", of=NOTE), body("good", of=NOTE)

    # SQS delivers again when six times the function's time is over, and with it the job's: the table expires it.
    Queue(note, harness, *bodies, batch_size=1, milliseconds=-1).drain()

    assert runs.count("deadly") == 4
    assert {line["id"]: line["outcome"] for line in harness.lines} == {"deadly": "dead_lettered", "good": "succeeded"}
    (dead_letter,) = harness.dead_letters
    assert crashes_of(dead_letter) == THREE_CRASHES


@pytest.mark.parametrize("unstarted", [1, 4, 5, 19])
def test_a_delivery_that_reaches_no_function_is_no_attempt(
    note: Handler[Step], harness: FunctionHarness, unstarted: int
) -> None:
    queue = Queue(note, harness, body("n", of=NOTE), batch_size=1)
    queue.unstarted = unstarted

    queue.drain()

    (line,) = harness.lines
    assert (line["outcome"], line["attempt"], line["receive_count"]) == ("succeeded", 1, unstarted + 1)
    assert queue.minutes == 3 * unstarted


def test_what_reaches_no_function_for_an_hour_is_moved_away_by_sqs(
    note: Handler[Step], harness: FunctionHarness
) -> None:
    never = body("n", of=NOTE)
    queue = Queue(note, harness, never, batch_size=1)
    queue.unstarted = 20

    queue.drain()

    assert (queue.moved_away, harness.lines, harness.dead_letters) == ([never], [], [])
    assert queue.minutes == 60


def test_a_message_that_always_crashes_is_dead_lettered_after_12_minutes(
    step: Handler[Step], harness: FunctionHarness
) -> None:
    queue = Queue(step, harness, body("deadly", "death"), batch_size=1)

    queue.drain()

    (line,) = harness.lines
    assert (line["outcome"], line["reason"], line["receive_count"]) == ("dead_lettered", "crashed", 5)
    assert crashes_of(harness.dead_letters[0]) == THREE_CRASHES
    assert queue.minutes == 12


def test_throttles_between_crashes_count_nothing(note: Handler[Step], harness: FunctionHarness) -> None:
    begun(harness, NOTE.name, "m-n", times=1)

    note.process({"Records": [record(body("n", of=NOTE), receive_count=12)]}, FakeContext(), harness.runtime())

    assert (harness.lines[0]["outcome"], harness.lines[0]["attempt"]) == ("succeeded", 2)


def test_a_begin_is_noted_once_and_only_if_the_message_came_back(step: Handler[Step], harness: FunctionHarness) -> None:
    step.process({"Records": [record(body("fresh"))]}, FakeContext(), harness.runtime())
    assert harness.dynamodb.calls == []

    step.process({"Records": [record(body("again"), 2)]}, FakeContext(), harness.runtime())

    assert harness.dynamodb.calls == ["update_item"]
    item = harness.dynamodb.items[f"{STEP.name}#begun#m-again"]
    assert len(item["begun"]["SS"]) == 1
    assert int(item["expiration"]["N"]) == int(harness.now.timestamp()) + 30 * 24 * 3600


def test_without_the_table_what_came_back_is_deferred_unread(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    harness.dynamodb.fail = failing("ThrottlingException")

    step.process({"Records": [record(body("again"), 2)]}, FakeContext(), harness.runtime())

    assert (runs, harness.outcomes) == ([], ["deferred"])
    assert harness.lines[0]["error"] == "BeginNotNoted"
    (copy,) = harness.copies
    assert (history_of(copy)["noted_as"], history_of(copy)["deferrals"]) == ("m-again", 1)


def test_without_the_table_a_reaction_goes_on_with_what_is_fresh(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    harness.dynamodb.fail = failing("ThrottlingException")
    step.process({"Records": [record(body("again"), 2)]}, FakeContext(), harness.runtime())

    step.process({"Records": [record(body("fresh"))]}, FakeContext(), harness.runtime())

    assert (runs, harness.outcomes) == (["fresh"], ["deferred", "succeeded"])


def test_without_the_table_a_job_waits(note: Handler[Step], harness: FunctionHarness, runs: list[str]) -> None:
    harness.dynamodb.fail = failing("ThrottlingException")
    note.process({"Records": [record(body("again", of=NOTE), 2)]}, FakeContext(), harness.runtime())
    calls = len(harness.dynamodb.calls)

    note.process({"Records": [record(body("fresh", of=NOTE))]}, FakeContext(), harness.runtime())

    assert (runs, harness.outcomes) == ([], ["deferred", "deferred"])
    assert len(harness.dynamodb.calls) == calls


def test_without_the_table_for_3_days_what_came_back_is_dead_lettered(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    began = harness.now
    harness.dynamodb.fail = failing("ThrottlingException")
    step.process({"Records": [record(body("again"), 2)]}, FakeContext(), harness.runtime())
    while harness.copies:
        step.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert runs == []
    assert {*harness.outcomes[:-1]} == {"deferred"}
    assert (harness.lines[-1]["outcome"], harness.lines[-1]["reason"]) == ("dead_lettered", "unavailable")
    assert harness.now - began >= timedelta(days=3)


def test_a_deferral_that_sqs_refuses_is_no_crash(step: Handler[Step], harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")
    harness.sqs.refuse = refusing("InternalError")

    response = step.process({"Records": [record(body("again"), 2)]}, FakeContext(), harness.runtime())

    assert response == {"batchItemFailures": [{"itemIdentifier": "m-again"}]}
    assert "begun" not in harness.dynamodb.items[f"{STEP.name}#begun#m-again"]


def test_a_failed_attempt_whose_copy_sqs_refuses_was_an_attempt(step: Handler[Step], harness: FunctionHarness) -> None:
    harness.sqs.refuse = refusing("InternalError")

    step.process({"Records": [record(body("again", "retryable"), 2)]}, FakeContext(), harness.runtime())

    assert len(harness.dynamodb.items[f"{STEP.name}#begun#m-again"]["begun"]["SS"]) == 1


def test_an_attempt_of_a_producer_counts_beside_noted_crashes(
    step: Handler[Step], harness: FunctionHarness, runs: list[str]
) -> None:
    begun(harness, STEP.name, "m-n", times=1)

    step.process({"Records": [record(body("n", attempts=3), 3)]}, FakeContext(), harness.runtime())

    assert runs == []
    assert crashes_of(harness.dead_letters[0]) == [(3, "Crashed")]
    assert harness.lines[0]["detail"] == "it came back and began once, and never came to an outcome"


def test_reading_is_noted_only_at_the_last_attempt(step: Handler[Step], harness: FunctionHarness) -> None:
    for before, calls in ((1, 1), (2, 2)):
        harness.dynamodb.calls.clear()
        begun(harness, STEP.name, "m-n", times=before)
        step.process({"Records": [record(body("n"), 9)]}, FakeContext(), harness.runtime())

        assert len(harness.dynamodb.calls) == calls


def test_notes_are_found_by_the_functions_name(harness: FunctionHarness) -> None:
    notes = redelivery.notes_of(ingress, harness.runtime())

    assert notes.begin("m-1", "handle", harness.now) == (1, False)
    assert list(harness.dynamodb.items) == ["queue_processor#begun#m-1"]


def test_a_begin_that_the_sdk_notes_twice_is_one(harness: FunctionHarness) -> None:
    """Without a response in time, botocore sends the same request again, though the table may have done it."""
    notes = redelivery.notes_of(ingress, harness.runtime())

    notes.begin("m-1", "first receive", harness.now)
    assert notes.begin("m-1", "first receive", harness.now) == (1, False)

    assert notes.begin("m-1", "second receive", harness.now) == (2, False)
    notes.take_back("m-1", "second receive")
    notes.take_back("m-1", "second receive")
    assert notes.begin("m-1", "third receive", harness.now) == (2, False)
