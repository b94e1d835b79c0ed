"""The board: letters are looked through when they may be other ones, and seldom enough."""

import pytest

from ops.console import snapshot
from ops.console.snapshot import StageCache
from schemas.names import QUEUE_PROCESSOR
from tests.fakes.stage import DEAD_LETTERS, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.stage_fakes import INGRESS_DEAD_LETTERS, ConsoleStage

SOON = 10


def receives(stage: ConsoleStage) -> int:
    return stage.sqs.calls.count("receive_message")


def looks(stage: ConsoleStage, board: StageCache) -> bool:
    """Whether a look goes through letters."""
    before = receives(stage)
    board.look()
    return receives(stage) > before


def ids(board: StageCache) -> list[str]:
    return sorted(each.dead_letter.id for each in board.seen.found)


def hidden(stage: ConsoleStage, url: str = DEAD_LETTERS) -> int:
    return len(stage.sqs.messages(url)) - len(stage.sqs.visible(url))


def test_nothing_is_known_before_the_first_look(board: StageCache) -> None:
    assert (board.seen.status, board.seen.found, board.seen.causes, board.seen.trouble) == (None, (), (), "")


def test_letters_of_all_queues_are_seen_and_stay_where_they_are(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    stage.bury(2, OTHER_CAUSE)
    stage.bury(3, url=INGRESS_DEAD_LETTERS)

    board.look()

    assert ids(board) == ["task-1", "task-2", "task-3"]
    assert {each.service for each in board.seen.found} == {SERVICE, QUEUE_PROCESSOR}
    assert hidden(stage) == hidden(stage, INGRESS_DEAD_LETTERS) == 0
    assert {key for key, _ in board.seen.by_place.items()} == {
        (SERVICE, "sqs-1"),
        (SERVICE, "sqs-2"),
        (QUEUE_PROCESSOR, "sqs-3"),
    }


def test_the_cause_with_the_most_letters_comes_first(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    for number in range(2, 4):
        stage.bury(number, OTHER_CAUSE)

    board.look()

    assert [len(cause.found) for cause in board.seen.causes] == [2, 1]


def test_an_empty_queue_is_not_looked_through(stage: ConsoleStage, board: StageCache) -> None:
    assert not looks(stage, board)


def test_while_the_count_stays_letters_are_looked_through_every_two_minutes(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    looked = []

    for _ in range(100):
        if looks(stage, board):
            looked.append(stage.clock())
        stage.clock.sleep(3)

    assert looked == [0, 120, 240]


def test_when_the_count_changes_they_are_looked_through_but_not_within_ten_seconds(
    stage: ConsoleStage, board: StageCache
) -> None:
    looked = []

    for number in range(10):
        stage.bury(number)
        if looks(stage, board):
            looked.append(stage.clock())
        stage.clock.sleep(3)

    assert looked == [0, 12, 24]


def test_letters_that_were_in_others_hands_are_seen_ten_seconds_later_though_the_count_stays(
    stage: ConsoleStage, board: StageCache
) -> None:
    stage.bury(1)
    stage.bury(2)
    with stage.letters.lease(lambda letter: letter.id == "task-2"):
        board.look()
        assert ids(board) == ["task-1"]
    stage.clock.sleep(SOON)

    board.look()

    assert ids(board) == ["task-1", "task-2"]


def test_letters_that_are_gone_are_seen_to_be_gone(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    board.look()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.clock.sleep(SOON)

    board.look()

    assert board.seen.found == ()
    stage.clock.sleep(1_000)
    assert not looks(stage, board)


def test_a_letter_that_took_another_s_place_is_seen_after_two_minutes(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    board.look()
    stage.sqs.queues[DEAD_LETTERS].clear()
    stage.bury(2)
    stage.clock.sleep(120)

    board.look()

    assert ids(board) == ["task-2"]


def test_who_asks_has_them_looked_through_once_more(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    stage.bury(2, url=INGRESS_DEAD_LETTERS)
    board.look()

    board.look_again()

    assert looks(stage, board)
    assert not looks(stage, board)


def test_who_asks_for_one_service_has_its_letters_alone_looked_through(stage: ConsoleStage, board: StageCache) -> None:
    stage.bury(1)
    stage.bury(2, url=INGRESS_DEAD_LETTERS)
    board.look()
    (other,) = stage.sqs.messages(INGRESS_DEAD_LETTERS)
    received = other.receives

    board.look_again([SERVICE])
    board.look()

    assert other.receives == received
    assert stage.sqs.messages(DEAD_LETTERS)[0].receives == 2 * received


def test_letters_beyond_the_budget_are_known_without_their_bodies(
    stage: ConsoleStage, board: StageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        stage.bury(number)
    size = len(stage.sqs.messages(DEAD_LETTERS)[0].body)
    monkeypatch.setattr(snapshot, "_MOST_BYTES", 3 * size)

    board.look()

    assert [bool(each.dead_letter.body) for each in board.seen.found] == [True, True, True, False, False]
    assert ids(board) == [f"task-{number}" for number in range(5)]
    assert {each.dead_letter.error for each in board.seen.found} == {"PermanentError: the CRM answered 422"}


def test_while_a_queue_is_looked_through_it_is_told_how_many_are_seen(stage: ConsoleStage, board: StageCache) -> None:
    for number in range(25):
        stage.bury(number)
    told: list[int] = []
    stage.sqs.before = lambda operation: (
        told.append(board.seen.looking[SERVICE]) if operation == "receive_message" else None
    )

    board.look()

    assert told == sorted(told)
    assert {0, 10, 20, 25} <= set(told)
    assert board.seen.looking == {}
