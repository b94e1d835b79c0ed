"""While somebody works on a queue's letters nobody looks through them, and everybody else goes on."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.console.snapshot import StageCache
from ops.terminal.errors import OperatorError
from tests.fakes.stage import DEAD_LETTERS, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.stage_fakes import INGRESS_DEAD_LETTERS, ConsoleStage


def looks(stage: ConsoleStage, board: StageCache) -> bool:
    """Whether a look goes through letters."""
    before = receives(stage)
    board.look()
    return receives(stage) > before


def receives(stage: ConsoleStage) -> int:
    return stage.sqs.calls.count("receive_message")


def test_what_somebody_has_to_themselves_is_not_looked_through_meanwhile_and_is_afterwards(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    stage.bury(2, url=INGRESS_DEAD_LETTERS)
    board.look()
    stage.clock.sleep(1_000)

    with board.alone(SERVICE):
        board.look()
        assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 1
        assert stage.sqs.messages(INGRESS_DEAD_LETTERS)[0].receives == 2

    board.look()
    assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 2
    assert stage.sqs.messages(INGRESS_DEAD_LETTERS)[0].receives == 2


def test_who_fails_while_alone_lets_others_look_again(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    board.look()

    with pytest.raises(OperatorError), board.alone(SERVICE):
        raise OperatorError("no")

    assert looks(stage, board)


def test_who_wants_to_be_alone_waits_for_the_look_that_goes_on(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    looking, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def hold(operation: str) -> None:
        if operation == "receive_message":
            looking.set()
            assert go_on.wait(10)
            order.append("looked")

    stage.sqs.before = hold

    def alone() -> None:
        with board.alone(SERVICE, meanwhile=go_on.set):
            order.append("alone")

    with ThreadPoolExecutor(2) as pool:
        look = pool.submit(board.look)
        assert looking.wait(10)
        pool.submit(alone).result(10)
        look.result(10)

    assert order[-1] == "alone"
    assert set(order[:-1]) == {"looked"}


def test_who_waits_to_be_alone_may_give_it_up_and_the_look_goes_on(stage: ConsoleStage, board: StageCache) -> None:
    def give_up() -> None:
        raise OperatorError("stopped")

    with board.alone(SERVICE), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: board.alone(SERVICE, meanwhile=give_up).__enter__())
        with pytest.raises(OperatorError):
            waiting.result(10)

    with board.alone(SERVICE):
        assert not looks(stage, board)


def test_while_somebody_works_on_the_letters_pages_and_looks_go_on(stage: ConsoleStage, board: StageCache) -> None:
    for number in range(30):
        stage.bury(number, OTHER_CAUSE if number % 2 else "c" * 12)

    def work() -> None:
        for _ in range(20):
            with board.alone(SERVICE):
                stage.sqs.queues[DEAD_LETTERS].pop()

    def read() -> None:
        for _ in range(200):
            seen = board.seen
            assert sum(len(cause.found) for cause in seen.causes) == len(seen.found) == len(seen.by_place)

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(work), pool.submit(read)]
        while not all(each.done() for each in others):
            board.look()
        for each in others:
            each.result()
    board.look()

    assert len(board.seen.found) == len(stage.sqs.visible(DEAD_LETTERS)) == 10
