"""The cache reads a dead-letter queue when its snapshot may be out of date, and no more often than needed."""

import pytest

from ops.console import snapshot
from ops.console.snapshot import StageCache
from schemas.names import QUEUE_PROCESSOR
from tests.fakes.stage import DEAD_LETTERS, INGRESS_DEAD_LETTERS, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.stage_fakes import ConsoleStage

MIN_AGE = 10


def receives(stage: ConsoleStage) -> int:
    return stage.sqs.calls.count("receive_message")


def poll_reads(stage: ConsoleStage, stage_cache: StageCache) -> bool:
    """Poll, and return whether a queue was read."""
    before = receives(stage)
    stage_cache.poll()
    return receives(stage) > before


def ids(stage_cache: StageCache) -> list[str]:
    return sorted(each.dead_letter.id for each in stage_cache.snapshot.found)


def hidden(stage: ConsoleStage, url: str = DEAD_LETTERS) -> int:
    return len(stage.sqs.messages(url)) - len(stage.sqs.visible(url))


def test_snapshot_is_empty_before_the_first_poll(stage_cache: StageCache) -> None:
    assert (
        stage_cache.snapshot.status,
        stage_cache.snapshot.found,
        stage_cache.snapshot.causes,
        stage_cache.snapshot.error,
    ) == (None, (), (), "")


def test_dead_letters_of_all_queues_are_read_and_stay_visible(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, OTHER_CAUSE)
    stage.add_dead_letter(3, url=INGRESS_DEAD_LETTERS)

    stage_cache.poll()

    assert ids(stage_cache) == ["task-1", "task-2", "task-3"]
    assert {each.service for each in stage_cache.snapshot.found} == {SERVICE, QUEUE_PROCESSOR}
    assert hidden(stage) == hidden(stage, INGRESS_DEAD_LETTERS) == 0
    assert {key for key, _ in stage_cache.snapshot.by_sqs_id.items()} == {
        (SERVICE, "sqs-1"),
        (SERVICE, "sqs-2"),
        (QUEUE_PROCESSOR, "sqs-3"),
    }


def test_most_frequent_cause_comes_first(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    for number in range(2, 4):
        stage.add_dead_letter(number, OTHER_CAUSE)

    stage_cache.poll()

    assert [len(cause.found) for cause in stage_cache.snapshot.causes] == [2, 1]


def test_empty_queue_is_not_read(stage: ConsoleStage, stage_cache: StageCache) -> None:
    assert not poll_reads(stage, stage_cache)


def test_queue_with_unchanged_count_is_read_every_two_minutes(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    read_at = []

    for _ in range(100):
        if poll_reads(stage, stage_cache):
            read_at.append(stage.clock())
        stage.clock.sleep(3)

    assert read_at == [0, 120, 240]


def test_changed_count_is_read_after_ten_seconds_at_the_earliest(stage: ConsoleStage, stage_cache: StageCache) -> None:
    read_at = []

    for number in range(10):
        stage.add_dead_letter(number)
        if poll_reads(stage, stage_cache):
            read_at.append(stage.clock())
        stage.clock.sleep(3)

    assert read_at == [0, 12, 24]


def test_dead_letters_in_flight_are_seen_ten_seconds_later(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)
    with stage.dead_letter_queue.lease(lambda dead_letter: dead_letter.id == "task-2"):
        stage_cache.poll()
        assert ids(stage_cache) == ["task-1"]
    stage.clock.sleep(MIN_AGE)

    stage_cache.poll()

    assert ids(stage_cache) == ["task-1", "task-2"]


def test_removed_dead_letters_leave_the_snapshot(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage_cache.poll()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.clock.sleep(MIN_AGE)

    stage_cache.poll()

    assert stage_cache.snapshot.found == ()
    stage.clock.sleep(1_000)
    assert not poll_reads(stage, stage_cache)


def test_replaced_dead_letter_is_seen_after_two_minutes(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage_cache.poll()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.add_dead_letter(2)
    stage.clock.sleep(120)

    stage_cache.poll()

    assert ids(stage_cache) == ["task-2"]


def test_refresh_reads_queues_once_more(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    stage_cache.poll()

    stage_cache.request_refresh()

    assert poll_reads(stage, stage_cache)
    assert not poll_reads(stage, stage_cache)


def test_refresh_of_one_service_reads_its_queue_only(stage: ConsoleStage, stage_cache: StageCache) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, url=INGRESS_DEAD_LETTERS)
    stage_cache.poll()
    (other,) = stage.sqs.messages(INGRESS_DEAD_LETTERS)
    received = other.receives

    stage_cache.request_refresh([SERVICE])
    stage_cache.poll()

    assert other.receives == received
    assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 2 * received


def test_dead_letters_beyond_the_size_limit_are_cached_without_body(
    stage: ConsoleStage, stage_cache: StageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        stage.add_dead_letter(number)
    size = len(stage.sqs.messages(DEAD_LETTERS)[0].body)
    monkeypatch.setattr(snapshot, "_MAX_CACHED_BYTES", 3 * size)

    stage_cache.poll()

    assert [bool(each.dead_letter.body) for each in stage_cache.snapshot.found] == [True, True, True, False, False]
    assert ids(stage_cache) == [f"task-{number}" for number in range(5)]
    assert {each.dead_letter.error for each in stage_cache.snapshot.found} == {"PermanentError: the CRM answered 422"}


def test_progress_of_a_read_is_in_the_snapshot(stage: ConsoleStage, stage_cache: StageCache) -> None:
    for number in range(25):
        stage.add_dead_letter(number)
    progress: list[int] = []
    stage.sqs.before = lambda operation: (
        progress.append(stage_cache.snapshot.reading[SERVICE]) if operation == "receive_message" else None
    )

    stage_cache.poll()

    assert progress == sorted(progress)
    assert {0, 10, 20, 25} <= set(progress)
    assert stage_cache.snapshot.reading == {}


def test_closed_cache_releases_what_it_has_read_and_reads_no_more(stage: ConsoleStage, stage_cache: StageCache) -> None:
    for number in range(25):
        stage.add_dead_letter(number)
    stage.sqs.before = lambda operation: stage_cache.close() if operation == "receive_message" else None

    stage_cache.poll()

    assert receives(stage) == 1
    assert hidden(stage) == 0
    assert ids(stage_cache) == []
