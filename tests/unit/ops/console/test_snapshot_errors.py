"""An error of a poll is shown until the next success, and hides nothing else."""

import pytest

from ops.console.snapshot import StageCache
from schemas.names import QUEUE_PROCESSOR
from tests.fakes.service import client_error, failing, works
from tests.fakes.stage import DEAD_LETTERS, INGRESS_DEAD_LETTERS, SERVICE
from tests.unit.ops.console.stage_fakes import ConsoleStage
from tests.unit.ops.dead_letters.interruptions import unreachable


def ids(stage_cache: StageCache) -> list[str]:
    return sorted(each.dead_letter.id for each in stage_cache.snapshot.found)


def refuse(stage: ConsoleStage, url: str, code: str = "AccessDenied") -> None:
    """Let SQS refuse to return the messages of a queue."""
    stage.sqs.fail = lambda operation, request: (
        client_error(code, "ReceiveMessage") if operation == "receive_message" and request["QueueUrl"] == url else None
    )


def allow(stage: ConsoleStage) -> None:
    """Let SQS work again."""
    stage.sqs.fail = works


def test_refused_queue_is_named_and_hides_no_other(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    refuse(stage, INGRESS_DEAD_LETTERS)

    stage_cache.poll()

    assert ids(stage_cache) == ["task-1"]
    assert stage_cache.snapshot.status is not None
    assert stage_cache.snapshot.error.startswith(
        f"{QUEUE_PROCESSOR}: access denied: these credentials may not call ReceiveMessage"
    )


def test_failed_read_is_repeated_and_its_error_removed(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    refuse(stage, DEAD_LETTERS)
    stage_cache.poll()
    assert stage_cache.snapshot.error
    allow(stage)

    stage_cache.poll()

    assert ids(stage_cache) == ["task-1"]
    assert stage_cache.snapshot.error == ""


def test_failed_refresh_is_repeated_at_the_next_poll(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage_cache.poll()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.add_dead_letter(2)
    refuse(stage, DEAD_LETTERS, "ThrottlingException")
    stage_cache.request_refresh([SERVICE])
    stage_cache.poll()
    assert ids(stage_cache) == ["task-1"]
    allow(stage)

    stage_cache.poll()

    assert (ids(stage_cache), stage_cache.snapshot.error) == (["task-2"], "")


def test_error_stays_until_the_next_successful_read(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    refuse(stage, DEAD_LETTERS)
    stage_cache.poll()
    errors: list[str] = []
    stage.sqs.before = lambda _operation: errors.append(stage_cache.snapshot.error)

    stage_cache.poll()

    assert "receive_message" in stage.sqs.calls
    assert set(errors) == {stage_cache.snapshot.error} != {""}


def test_unreachable_stage_is_an_error_and_keeps_the_snapshot(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage_cache.poll()
    status = stage_cache.snapshot.status
    stage.sqs.before = unreachable

    stage_cache.poll()

    assert stage_cache.snapshot.error.startswith("AWS cannot be reached")
    assert (stage_cache.snapshot.status, ids(stage_cache)) == (status, ["task-1"])
    stage.sqs.before = lambda _operation: None
    stage_cache.poll()
    assert stage_cache.snapshot.error == ""


def test_error_of_the_stage_hides_errors_of_queues(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.sqs.before = lambda operation: unreachable(operation) if operation == "receive_message" else None
    stage_cache.poll()
    error = stage_cache.snapshot.error
    stage.sqs.before = unreachable

    stage_cache.poll()

    assert error == f"{SERVICE}: {stage_cache.snapshot.error}"
    assert stage_cache.snapshot.error.startswith("AWS cannot be reached")


def test_same_error_of_several_queues_is_shown_once(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    stage.sqs.fail = failing("AccessDenied", "receive_message")

    stage_cache.poll()

    assert stage_cache.snapshot.error.startswith(f"{SERVICE}, {QUEUE_PROCESSOR}: access denied")


def test_unexpected_error_of_a_poll_is_shown_and_raised(stage: ConsoleStage, stage_cache: StageCache) -> None:
    def fail(_operation: str) -> None:
        raise ZeroDivisionError

    stage.sqs.before = fail

    with pytest.raises(ZeroDivisionError):
        stage_cache.poll()

    assert "unexpected error" in stage_cache.snapshot.error
    stage.sqs.before = lambda _operation: None
    stage_cache.poll()
    assert stage_cache.snapshot.error == ""


def test_failed_poll_leaves_no_queue_marked_as_being_read(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    refuse(stage, DEAD_LETTERS)

    stage_cache.poll()

    assert stage_cache.snapshot.reading == {}
