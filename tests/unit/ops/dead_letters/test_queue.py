"""A dead-letter queue in hand: all is seen, and what is not wanted is visible to others at once."""

import pytest

from ops.dead_letters.queue import LEASE_SECONDS
from ops.stage.aws_errors import AwsError
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, FakeStage
from tests.unit.ops.dead_letters.deaths import unreachable


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def test_looking_shows_every_letter_and_leaves_every_letter_visible(stage: FakeStage) -> None:
    for number in range(137):
        stage.bury(number)

    found = stage.letters.look(lambda _: True)

    assert sorted(letter.id for letter in found) == sorted(f"task-{number}" for number in range(137))
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 137


def test_of_5000_letters_50_are_taken_and_the_others_untouched_and_visible_at_once(stage: FakeStage) -> None:
    for number in range(5_000):
        stage.bury(number, CAUSE if number % 100 == 0 else OTHER_CAUSE)
    stage.sqs.latency = 0.05

    with stage.letters.take(lambda letter: letter.fingerprint == CAUSE) as hand:
        assert len(hand.letters) == 50
        assert all(hand.holds(letter) for letter in hand.letters)
        assert len(stage.sqs.visible(DEAD_LETTERS)) == 4_950
        assert stage.clock() < LEASE_SECONDS / 2
        assert {each.receives for each in stage.sqs.messages(DEAD_LETTERS)} == {1}

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 5_000


def test_a_look_that_takes_longer_than_letters_are_hidden_sees_each_once(stage: FakeStage) -> None:
    for number in range(600):
        stage.bury(number)
    stage.sqs.latency = 2

    found = stage.letters.look(lambda _: True)

    assert len(found) == 600
    assert {each.receives for each in stage.sqs.messages(DEAD_LETTERS)} == {1}
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 600


def test_what_is_in_hand_stays_hidden_for_as_long_as_it_is_kept(stage: FakeStage) -> None:
    for number in range(25):
        stage.bury(number)

    with stage.letters.take(lambda _: True) as hand:
        for _ in range(20):
            stage.clock.sleep(LEASE_SECONDS / 2)
            hand.keep()
            assert stage.sqs.visible(DEAD_LETTERS) == []
        assert all(hand.holds(letter) for letter in hand.letters)

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 25


def test_what_somebody_else_took_is_in_hand_no_more(stage: FakeStage) -> None:
    stage.bury(1)

    with stage.letters.take(lambda _: True) as hand:
        stage.clock.sleep(LEASE_SECONDS)
        with stage.letters.take(lambda _: True) as other:
            hand.keep()
            assert [hand.holds(letter) for letter in hand.letters] == [False]
            assert [other.holds(letter) for letter in other.letters] == [True]
            assert hand.delete(hand.letters) == {}

    assert len(stage.sqs.messages(DEAD_LETTERS)) == 1


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, SystemExit])
def test_whoever_is_stopped_midway_leaves_every_letter_visible(stage: FakeStage, stopped: type[BaseException]) -> None:
    for number in range(300):
        stage.bury(number)

    def stop(seen: int) -> None:
        if seen > 150:
            raise stopped

    with pytest.raises(stopped):
        stage.letters.look(lambda _: True, progress=stop)

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 300


def test_letters_that_keep_coming_in_do_not_keep_it_from_ending(stage: FakeStage) -> None:
    for number in range(30):
        stage.bury(number)
    stage.sqs.latency = 1

    def one_more(operation: str) -> None:
        if operation == "receive_message":
            stage.bury(len(stage.sqs.calls) + 100)

    stage.sqs.before = one_more

    found = stage.letters.look(lambda _: True)

    assert {f"task-{number}" for number in range(30)} <= {letter.id for letter in found}
    assert len(stage.sqs.calls) < 40


def test_a_queue_that_cannot_be_reached_is_a_sentence(stage: FakeStage) -> None:
    stage.sqs.before = unreachable

    with pytest.raises(AwsError, match="AWS cannot be reached"):
        stage.letters.look(lambda _: True)


def test_an_id_is_removed_and_nothing_else(stage: FakeStage) -> None:
    stage.bury(1)
    stage.bury(2)

    assert stage.letters.remove("task-1")
    assert not stage.letters.remove("task-1")

    assert stage.ids(DEAD_LETTERS) == ["task-2"]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1
