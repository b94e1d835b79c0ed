"""Jobs that share a batch: none has less time than it would want, and each is done once."""

import json

import pytest

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.budget import RESERVE
from lambdas.common.handlers import job
from schemas.event_type import QUICK_JOBS, EventType, Kind
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_event
from tests.messages import COMPANY

QUICK = EventType("test.quick", Payload, Kind.JOB, batch_size=QUICK_JOBS)
ALONE = EventType("test.alone", Payload, Kind.JOB)


class Run:
    """One invocation of a function whose other side takes its time."""

    def __init__(self, harness: FunctionHarness, *, milliseconds_a_job: int) -> None:
        self.harness = harness
        self.context = FakeContext(milliseconds=QUICK.timeout * 1000)
        self.done: list[str] = []
        self.had: list[float] = []
        """The seconds that each job had."""

        runtime = harness.runtime()

        @job(QUICK)
        def handle(quick: Message[Payload]) -> None:
            self.had.append(runtime.budget.seconds())
            self.context.milliseconds -= milliseconds_a_job
            self.done.append(quick.id)

        self._handler, self._runtime = handle, runtime

    def of(self, *ids: str) -> None:
        self.process(sqs_event(*(_body(each) for each in ids)))

    def process(self, event: SqsEvent) -> None:
        assert self._handler.process(event, self.context, self._runtime) == {"batchItemFailures": []}


def _body(message_id: str) -> str:
    fields = {"type": QUICK.name, "payload": {"companyId": COMPANY}, "id": message_id, "attempts": 1}
    return json.dumps(fields | {"timestamp": "2026-04-14T13:59:00Z"})


IDS = [f"q-{number}" for number in range(10)]


def test_ten_quick_jobs_are_all_done_in_one_invocation(harness: FunctionHarness) -> None:
    invocation = Run(harness, milliseconds_a_job=100)

    invocation.of(*IDS)

    assert invocation.done == IDS
    assert harness.outcomes == ["succeeded"] * 10


@pytest.mark.parametrize("milliseconds", [100, 3_000, 9_000])
def test_each_job_has_as_much_time_as_it_would_have_alone(harness: FunctionHarness, milliseconds: int) -> None:
    """A job that is cut off for lack of time may have had its side effect."""
    invocation = Run(harness, milliseconds_a_job=milliseconds)

    invocation.of(*IDS)

    assert min(invocation.had) >= ALONE.timeout - RESERVE


def test_jobs_without_enough_time_are_deferred(harness: FunctionHarness) -> None:
    slow = Run(harness, milliseconds_a_job=20_000)

    slow.of(*IDS)

    assert slow.done == IDS[:2]
    assert harness.outcomes == ["succeeded"] * 2 + ["deferred"] * 8
    assert [json.loads(copy["MessageBody"])["attempts"] for copy in harness.copies] == [1] * 8
    assert {copy.get("DelaySeconds", 0) for copy in harness.copies} == {0}


def test_a_backlog_of_slow_jobs_runs_completely(harness: FunctionHarness) -> None:
    ids = [f"q-{number}" for number in range(60)]
    waiting = [sqs_event(_body(each))["Records"][0] for each in ids]
    done = []

    while waiting:
        batch, waiting = waiting[:QUICK_JOBS], waiting[QUICK_JOBS:]
        before = len(harness.copies)
        slow = Run(harness, milliseconds_a_job=50_000)
        slow.process({"Records": batch})
        done += slow.done
        # The job that was deferred last comes first: the worst order for those that wait longest.
        waiting = [redelivered(copy) for copy in reversed(harness.copies[before:])] + waiting

    assert sorted(done) == sorted(ids)
    assert harness.dead_letters == []


def test_jobs_done_beside_a_crashing_job_are_not_repeated(harness: FunctionHarness) -> None:
    Run(harness, milliseconds_a_job=100).of("q-1")  # and the next job ends the process: both come again

    again = Run(harness, milliseconds_a_job=100)
    event = sqs_event(_body("q-1"), _body("q-2"))
    for record in event["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = "2"
    again.process(event)
    again.process({"Records": [redelivered(harness.copies.pop())]})

    assert again.done == ["q-2"]
    assert harness.outcomes[1:] == ["deferred", "duplicate", "succeeded"]
