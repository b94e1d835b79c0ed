"""The simulation itself: time, queues, processes and other systems behave as they do in AWS."""

import pytest

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.batch.loop import BatchResponse
from lambdas.common.budget import Context
from lambdas.common.runtime import Runtime
from tests.fakes.sqs import QueuedMessage
from tests.simulation.figures import run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stage.behaviours import Call, ReplyKind, limited, recovering
from tests.simulation.stage.functions import START, Settings, SimulatedFunction
from tests.simulation.stage.queues import SimulatedQueue
from tests.simulation.stage.sides import Side
from tests.simulation.stage.timeline import OutOfTimeError, Timeline, current_task

QUEUE = "https://sqs.test/queue"
VISIBILITY = 60


class Waiting:
    """A handler that takes some seconds for each record."""

    def __init__(self, timeline: Timeline, seconds: float) -> None:
        self.timeline = timeline
        self.seconds = seconds
        self.ended: list[tuple[float, list[str]]] = []
        self.runtimes: list[Runtime] = []
        self.failing: set[str] = set()

    def process(self, event: SqsEvent, context: Context, runtime: Runtime) -> BatchResponse:
        self.runtimes.append(runtime)
        self.timeline.wait(self.seconds * len(event["Records"]))
        ids = [record["messageId"] for record in event["Records"]]
        self.ended.append((self.timeline.seconds, ids))
        return {"batchItemFailures": [{"itemIdentifier": each} for each in ids if each in self.failing]}


class OneFunction:
    """A function with its queue."""

    def __init__(self, *, seconds: float = 1, batch_size: int = 1, concurrency: int = 2, timeout: int = 10) -> None:
        self.timeline = Timeline()
        self.queue = SimulatedQueue(QUEUE, VISIBILITY, self.timeline)
        self.handler = Waiting(self.timeline, seconds)
        self.function = SimulatedFunction(
            "test",
            self.handler,
            Settings(timeout=timeout, batch_size=batch_size, max_concurrency=concurrency),
            self.queue,
            self.timeline,
            object,  # type: ignore[arg-type]  # the handler only keeps it
        )
        self.queue.on_visible = self.function.poll_soon

    def put(self, name: str, *, at: float = 0, delay: float = 0, group: str | None = None) -> None:
        def put() -> None:
            now = self.timeline.now()
            self.queue.put(QueuedMessage(name, "", {}, now, now, group), delay)

        self.timeline.at(at, put)

    def order(self) -> list[str]:
        return [each for _, ids in self.handler.ended for each in ids]


def test_calls_of_two_tasks_happen_in_the_order_of_their_times() -> None:
    timeline, seen = Timeline(), list[tuple[float, str]]()

    def task(name: str, step: float) -> None:
        for _ in range(3):
            timeline.wait(step)
            seen.append((timeline.seconds, name))

    timeline.start(lambda: task("slow", 2))
    timeline.start(lambda: task("quick", 1.5))
    timeline.run()

    assert seen == [(1.5, "quick"), (2, "slow"), (3, "quick"), (4, "slow"), (4.5, "quick"), (6, "slow")]


def test_task_is_ended_at_its_deadline() -> None:
    timeline, ended = Timeline(), list[float]()

    def task() -> None:
        current_task().deadline = 3
        try:
            timeline.wait(5)
        except OutOfTimeError:
            ended.append(timeline.seconds)

    timeline.start(task)
    timeline.run()

    assert ended == [3]


def test_side_sees_the_calls_of_all_processes_at_their_times() -> None:
    """A limit of 2 a second is kept over processes: of 4 calls at once 2 are refused, half a second later 1 of 2."""
    timeline = Timeline()
    side = Side(timeline, limited(2, 0.3))

    def process(at: float) -> None:
        timeline.wait(at)
        side.call("route", "", 10)

    for at in (1, 1.5, 1, 1, 1.5, 1):
        timeline.start(lambda at=at: process(at))  # type: ignore[misc]
    timeline.run()

    served, refused = ReplyKind.SERVED, ReplyKind.TOO_FAST
    assert side.replies == [(1, served), (1, served), (1, refused), (1, refused), (1.5, served), (1.5, refused)]


def test_delayed_message_comes_after_its_delay() -> None:
    stage = OneFunction()

    stage.put("late", delay=30)
    stage.put("now")
    stage.timeline.run()

    assert stage.order() == ["now", "late"]
    assert stage.handler.ended[1][0] == pytest.approx(31, abs=0.1)


def test_no_more_processes_run_than_the_function_may_have() -> None:
    stage = OneFunction(concurrency=2)

    for number in range(4):
        stage.put(str(number))
    stage.timeline.run()

    assert [round(at) for at, _ in stage.handler.ended] == [1, 1, 2, 2]
    assert stage.function.starts == 2


def test_process_lives_on_between_invocations() -> None:
    stage = OneFunction()

    stage.put("first")
    stage.put("second", at=60)
    stage.put("after a long pause", at=3600)
    stage.timeline.run()

    first, second, third = stage.handler.runtimes
    assert first is second
    assert third is not first


def test_failed_record_comes_back_after_the_visibility_timeout() -> None:
    stage = OneFunction(batch_size=2)
    stage.handler.failing = {"bad"}

    stage.put("bad")
    stage.put("good")
    stage.timeline.run(until=VISIBILITY + 5)

    assert stage.order() == ["bad", "good", "bad"]
    assert stage.handler.ended[1][0] > VISIBILITY


def test_invocation_that_runs_out_of_time_ends_its_process() -> None:
    stage = OneFunction(seconds=20, timeout=10)

    stage.put("slow")
    stage.timeline.run(until=VISIBILITY + 15)

    assert stage.handler.ended == []
    assert stage.function.starts == 2
    assert stage.function.billed == pytest.approx(2 * 10)


def test_message_that_came_twenty_times_is_a_dead_letter() -> None:
    stage = OneFunction()
    stage.handler.failing = {"bad"}
    dead: list[str] = []
    stage.queue.on_dead_letter = lambda message: dead.append(message.id)

    stage.put("bad")
    stage.timeline.run()

    assert stage.order() == ["bad"] * 20
    assert dead == ["bad"]


def test_quiet_tenants_come_before_a_burst() -> None:
    stage = OneFunction(concurrency=2)

    for number in range(10):
        stage.put(f"loud-{number}", group="loud")
    stage.put("quiet", at=START + 0.1, group="quiet")
    stage.timeline.run()

    assert stage.order().index("quiet") == 2


def test_recovering_side_takes_more_and_more() -> None:
    behaviour = recovering(0, 100, 10, 0.05)

    def served(begins: int) -> int:
        """Calls that are served in a second, with the second before it used up."""
        replies = [behaviour(Call(begins + tick / 100, "", "")).kind for tick in range(200)]
        return replies[100:].count(ReplyKind.SERVED)

    assert [served(0), served(50), served(200)] == pytest.approx([1, 5, 10], abs=1)


def test_same_seed_gives_the_same_figures() -> None:
    scenario = SCENARIOS["crm 503 30 s, activity.record 2 a second"]

    first, second, other = (run(scenario, seed=seed)[0] for seed in (1, 1, 2))

    assert first == second
    assert other != first
