"""What goes wrong with a look is told until it goes well, and hides nothing else."""

import pytest

from ops.console.snapshot import StageCache
from schemas.names import QUEUE_PROCESSOR
from tests.fakes.service import client_error, failing, works
from tests.fakes.stage import DEAD_LETTERS, SERVICE
from tests.unit.ops.console.stage_fakes import INGRESS_DEAD_LETTERS, ConsoleStage
from tests.unit.ops.dead_letters.interruptions import unreachable


def ids(board: StageCache) -> list[str]:
    return sorted(each.dead_letter.id for each in board.seen.found)


def refuse(stage: ConsoleStage, url: str, code: str = "AccessDenied") -> None:
    """SQS shows nobody the letters of a queue."""
    stage.sqs.fail = lambda operation, request: (
        client_error(code, "ReceiveMessage") if operation == "receive_message" and request["QueueUrl"] == url else None
    )


def allow(stage: ConsoleStage) -> None:
    """SQS answers again."""
    stage.sqs.fail = works


def test_one_queue_that_aws_refuses_does_not_hide_the_others_and_is_named(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    stage.bury(2, url=INGRESS_DEAD_LETTERS)
    refuse(stage, INGRESS_DEAD_LETTERS)

    board.look()

    assert ids(board) == ["task-1"]
    assert board.seen.status is not None
    assert board.seen.trouble.startswith(
        f"{QUEUE_PROCESSOR}: access denied: these credentials may not call ReceiveMessage"
    )


def test_what_could_not_be_looked_through_is_tried_again_and_the_trouble_goes_away(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    refuse(stage, DEAD_LETTERS)
    board.look()
    assert board.seen.trouble
    allow(stage)

    board.look()

    assert ids(board) == ["task-1"]
    assert board.seen.trouble == ""


def test_who_asked_for_a_new_look_that_failed_gets_it_when_aws_answers_again(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    board.look()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.bury(2)
    refuse(stage, DEAD_LETTERS, "ThrottlingException")
    board.look_again([SERVICE])
    board.look()
    assert ids(board) == ["task-1"]
    allow(stage)

    board.look()

    assert (ids(board), board.seen.trouble) == (["task-2"], "")


def test_trouble_does_not_flicker_while_it_lasts(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    refuse(stage, DEAD_LETTERS)
    board.look()
    seen: list[str] = []
    stage.sqs.before = lambda _operation: seen.append(board.seen.trouble)

    board.look()

    assert "receive_message" in stage.sqs.calls
    assert set(seen) == {board.seen.trouble} != {""}


def test_a_stage_that_cannot_be_seen_is_told_with_what_was_known_before(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    board.look()
    status = board.seen.status
    stage.sqs.before = unreachable

    board.look()

    assert board.seen.trouble.startswith("AWS cannot be reached")
    assert (board.seen.status, ids(board)) == (status, ["task-1"])
    stage.sqs.before = lambda _operation: None
    board.look()
    assert board.seen.trouble == ""


def test_while_the_stage_cannot_be_seen_that_alone_is_told(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    stage.sqs.before = lambda operation: unreachable(operation) if operation == "receive_message" else None
    board.look()
    told = board.seen.trouble
    stage.sqs.before = unreachable

    board.look()

    assert told == f"{SERVICE}: {board.seen.trouble}"
    assert board.seen.trouble.startswith("AWS cannot be reached")


def test_what_is_the_same_with_several_queues_is_told_once(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    stage.bury(2, url=INGRESS_DEAD_LETTERS)
    stage.sqs.fail = failing("AccessDenied", "receive_message")

    board.look()

    assert board.seen.trouble.startswith(f"{SERVICE}, {QUEUE_PROCESSOR}: access denied")


def test_a_defect_of_a_look_is_told_on_the_pages_and_to_whoever_runs_it(stage: ConsoleStage, board: StageCache) -> None:
    def defect(_operation: str) -> None:
        raise ZeroDivisionError

    stage.sqs.before = defect

    with pytest.raises(ZeroDivisionError):
        board.look()

    assert "a defect" in board.seen.trouble
    stage.sqs.before = lambda _operation: None
    board.look()
    assert board.seen.trouble == ""


def test_after_a_look_that_failed_nothing_is_told_to_be_looked_through(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    refuse(stage, DEAD_LETTERS)

    board.look()

    assert board.seen.looking == {}
