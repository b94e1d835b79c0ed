"""A locked queue is not read meanwhile; polls of other queues and pages continue."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.console.snapshot import StageCache
from ops.terminal.errors import OperatorError
from tests.fakes.stage import DEAD_LETTERS, INGRESS_DEAD_LETTERS, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.stage_fakes import ConsoleStage


def poll_reads(stage: ConsoleStage, stage_cache: StageCache) -> bool:
    """Poll, and return whether a queue was read."""
    before = receives(stage)
    stage_cache.poll()
    return receives(stage) > before


def receives(stage: ConsoleStage) -> int:
    return stage.sqs.calls.count("receive_message")


def test_locked_queue_is_read_only_after_the_lock_is_released(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    stage_cache.poll()
    stage.clock.sleep(1_000)

    with stage_cache.exclusive(SERVICE):
        stage_cache.poll()
        assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 1
        assert stage.sqs.messages(INGRESS_DEAD_LETTERS)[0].receives == 2

    stage_cache.poll()
    assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 2
    assert stage.sqs.messages(INGRESS_DEAD_LETTERS)[0].receives == 2


def test_lock_is_released_after_an_error(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage_cache.poll()

    with pytest.raises(OperatorError), stage_cache.exclusive(SERVICE):
        raise OperatorError("no")

    assert poll_reads(stage, stage_cache)


def test_lock_waits_for_the_running_read(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    reading, proceed = threading.Event(), threading.Event()
    order: list[str] = []

    def hold(operation: str) -> None:
        if operation == "receive_message":
            reading.set()
            assert proceed.wait(10)
            order.append("read")

    stage.sqs.before = hold

    def lock() -> None:
        with stage_cache.exclusive(SERVICE, while_waiting=proceed.set):
            order.append("locked")

    with ThreadPoolExecutor(2) as pool:
        polling = pool.submit(stage_cache.poll)
        assert reading.wait(10)
        pool.submit(lock).result(10)
        polling.result(10)

    assert order[-1] == "locked"
    assert set(order[:-1]) == {"read"}


def test_wait_for_the_lock_can_be_ended_by_an_exception(stage: ConsoleStage, stage_cache: StageCache) -> None:
    def stop_waiting() -> None:
        raise OperatorError("stopped")

    with stage_cache.exclusive(SERVICE), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: stage_cache.exclusive(SERVICE, while_waiting=stop_waiting).__enter__())
        with pytest.raises(OperatorError):
            waiting.result(10)

    with stage_cache.exclusive(SERVICE):
        assert not poll_reads(stage, stage_cache)


def test_pages_and_polls_continue_while_a_queue_is_locked(stage: ConsoleStage, stage_cache: StageCache) -> None:
    for number in range(30):
        stage.add_dead_letter(number, OTHER_CAUSE if number % 2 else "c" * 12)

    def remove() -> None:
        for _ in range(20):
            with stage_cache.exclusive(SERVICE):
                stage.sqs.queues[DEAD_LETTERS].pop()

    def read() -> None:
        for _ in range(200):
            snapshot = stage_cache.snapshot
            assert sum(len(cause.found) for cause in snapshot.causes) == len(snapshot.found) == len(snapshot.by_sqs_id)

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(remove), pool.submit(read)]
        while not all(each.done() for each in others):
            stage_cache.poll()
        for each in others:
            each.result()
    stage_cache.poll()

    assert len(stage_cache.snapshot.found) == len(stage.sqs.visible(DEAD_LETTERS)) == 10
