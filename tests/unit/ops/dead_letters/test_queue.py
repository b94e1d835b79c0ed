"""Reading and leasing: every message is received, and those not wanted are visible again at once."""

import pytest

from ops.dead_letters.queue import LEASE_SECONDS
from ops.stage.aws_errors import AwsError
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, FakeStage
from tests.unit.ops.dead_letters.interruptions import unreachable


def test_read_returns_all_and_leaves_all_visible(stage: FakeStage) -> None:
    for number in range(137):
        stage.add_dead_letter(number)

    found = stage.dead_letter_queue.read(lambda _: True)

    assert sorted(dead_letter.id for dead_letter in found) == sorted(f"task-{number}" for number in range(137))
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 137


def test_of_5000_50_are_leased_and_the_others_visible_at_once(stage: FakeStage) -> None:
    for number in range(5_000):
        stage.add_dead_letter(number, CAUSE if number % 100 == 0 else OTHER_CAUSE)
    stage.sqs.latency = 0.05

    with stage.dead_letter_queue.lease(lambda dead_letter: dead_letter.fingerprint == CAUSE) as lease:
        assert len(lease.dead_letters) == 50
        assert all(lease.is_leased(dead_letter) for dead_letter in lease.dead_letters)
        assert len(stage.sqs.visible(DEAD_LETTERS)) == 4_950
        assert stage.clock() < LEASE_SECONDS / 2
        assert {each.receives for each in stage.sqs.messages(DEAD_LETTERS)} == {1}

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 5_000


def test_a_read_longer_than_the_lease_receives_each_once(stage: FakeStage) -> None:
    for number in range(600):
        stage.add_dead_letter(number)
    stage.sqs.latency = 2

    found = stage.dead_letter_queue.read(lambda _: True)

    assert len(found) == 600
    assert {each.receives for each in stage.sqs.messages(DEAD_LETTERS)} == {1}
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 600


def test_renewed_leases_stay_hidden(stage: FakeStage) -> None:
    for number in range(25):
        stage.add_dead_letter(number)

    with stage.dead_letter_queue.lease(lambda _: True) as lease:
        for _ in range(20):
            stage.clock.sleep(LEASE_SECONDS / 2)
            lease.renew()
            assert stage.sqs.visible(DEAD_LETTERS) == []
        assert all(lease.is_leased(dead_letter) for dead_letter in lease.dead_letters)

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 25


def test_a_message_received_by_others_is_no_longer_leased(stage: FakeStage) -> None:
    stage.add_dead_letter(1)

    with stage.dead_letter_queue.lease(lambda _: True) as lease:
        stage.clock.sleep(LEASE_SECONDS)
        with stage.dead_letter_queue.lease(lambda _: True) as other:
            lease.renew()
            assert [lease.is_leased(dead_letter) for dead_letter in lease.dead_letters] == [False]
            assert [other.is_leased(dead_letter) for dead_letter in other.dead_letters] == [True]
            assert lease.delete(lease.dead_letters) == {}

    assert len(stage.sqs.messages(DEAD_LETTERS)) == 1


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_read_leaves_all_visible(stage: FakeStage, stopped: type[BaseException]) -> None:
    for number in range(300):
        stage.add_dead_letter(number)

    def stop(seen: int) -> None:
        if seen > 150:
            raise stopped

    with pytest.raises(stopped):
        stage.dead_letter_queue.read(lambda _: True, progress=stop)

    assert len(stage.sqs.visible(DEAD_LETTERS)) == 300


def test_a_read_ends_while_new_messages_arrive(stage: FakeStage) -> None:
    for number in range(30):
        stage.add_dead_letter(number)
    stage.sqs.latency = 1

    def one_more(operation: str) -> None:
        if operation == "receive_message":
            stage.add_dead_letter(len(stage.sqs.calls) + 100)

    stage.sqs.before = one_more

    found = stage.dead_letter_queue.read(lambda _: True)

    assert {f"task-{number}" for number in range(30)} <= {dead_letter.id for dead_letter in found}
    assert len(stage.sqs.calls) < 40


def test_an_unreachable_queue_is_an_error(stage: FakeStage) -> None:
    stage.sqs.before = unreachable

    with pytest.raises(AwsError, match="AWS cannot be reached"):
        stage.dead_letter_queue.read(lambda _: True)


def test_delete_removes_only_the_given_id(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)

    assert stage.dead_letter_queue.delete("task-1")
    assert not stage.dead_letter_queue.delete("task-1")

    assert stage.ids(DEAD_LETTERS) == ["task-2"]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1
