"""A redrive of the console's: whenever it is stopped, no letter is lost, and its tally is true."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from ops.console.jobs.job import JobRegistry, JobState
from ops.console.jobs.redrive import RedriveJob
from ops.console.snapshot import StageCache
from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.report import RedriveRequest
from schemas.reasons import Outcome
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, SERVICE
from tests.unit.ops.console.console_fakes import SECONDS
from tests.unit.ops.console.stage_fakes import EVERYTHING, LETTERS, ConsoleStage, buried, visible
from tests.unit.ops.dead_letters.interruptions import unreachable


@pytest.fixture
def stage() -> ConsoleStage:
    return buried()


def redrive(stage: ConsoleStage, board: StageCache | None = None, **how: Any) -> RedriveJob:
    request = RedriveRequest(stage=stage.deployed, service=SERVICE, filters=how.pop("filters", Filters()), **how)
    return RedriveJob(
        1,
        now=stage.clock.now,
        board=board or StageCache(stage.deployed, stage.clock.now),
        request=request,
        what=SERVICE,
    )


def assert_nothing_is_lost(stage: ConsoleStage, work: RedriveJob) -> None:
    """Each letter is in the queue, or to be seen where it lay, or in both with one id; the tally says so."""
    queued = stage.ids(QUEUE)
    assert set(queued) | visible(stage) == EVERYTHING
    assert len(queued) == len(set(queued))
    assert sorted(visible(stage)) == stage.ids(DEAD_LETTERS)
    assert work.tally.sent <= len(queued) <= work.tally.sent + work.tally.in_doubt
    in_both = {each.id for each in stage.sqs.messages(DEAD_LETTERS) if json.loads(each.body)["id"] in queued}
    assert len(in_both) <= len(work.tally.not_deleted) + work.tally.in_doubt
    assert set(queued) <= {line["id"] for line in stage.logs.lines()}


def test_all_that_were_chosen_are_sent_back_and_the_others_stay(stage: ConsoleStage) -> None:
    stage.bury(99, OTHER_CAUSE)
    work = redrive(stage, filters=Filters(fingerprint=CAUSE))

    work.carry_out()

    assert (work.state, work.well, work.tally.sent, work.tally.chosen) == (JobState.DONE, True, LETTERS, LETTERS)
    assert set(stage.ids(QUEUE)) == EVERYTHING
    assert visible(stage) == {"task-99"}
    assert {(line["message"], line["service"]) for line in stage.logs.lines()} == {("redriven", SERVICE)}


def test_its_page_can_tell_how_far_it_has_come(stage: ConsoleStage) -> None:
    work = redrive(stage)
    told: list[tuple[str, int, int]] = []
    stage.sqs.after = lambda _operation: told.append((work.phase, work.done, work.about))

    work.carry_out()

    assert (work.title, work.service) == ("Redrive", SERVICE)
    assert ("Look through the dead letters", 10, LETTERS) in told
    assert ("Send them back", 10, LETTERS) in told
    assert (work.phase, work.done, work.about) == ("Send them back", LETTERS, LETTERS)


def test_letters_are_looked_through_anew_when_they_were_sent(stage: ConsoleStage) -> None:
    board = StageCache(stage.deployed, stage.clock.now)
    board.look()

    redrive(stage, board).carry_out()
    board.look()

    assert board.seen.found == ()


def test_a_sample_that_does_well_lets_the_rest_follow(stage: ConsoleStage) -> None:
    stage.outcome(Outcome.SUCCEEDED)
    work = redrive(stage, sample=3)
    phases: list[str] = []
    stage.logs.page = 100
    stage.logs.before = lambda operation: phases.append(work.phase) if operation == "filter_log_events" else None

    work.carry_out()

    assert (work.state, work.well, work.tally.sent) == (JobState.DONE, True, LETTERS)
    assert [verdict.succeeded for verdict in work.tally.sample] == [True] * 3
    assert phases == ["3 are sent; wait for what becomes of them, for up to 300 s"]


def test_a_sample_that_fails_again_lets_the_rest_lie(stage: ConsoleStage) -> None:
    stage.outcome(Outcome.RETRYING, error="PermanentError")
    work = redrive(stage, sample=3)

    work.carry_out()

    assert (work.state, work.well, work.tally.sample_failed) == (JobState.DONE, False, True)
    assert len(visible(stage)) == LETTERS - 3
    assert_nothing_is_lost(stage, work)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("sample", [None, 3], ids=["at once", "with a sample"])
def test_stopped_at_any_call_each_letter_is_where_it_was_or_sent_once(after: bool, sample: int | None) -> None:
    stopped = 0
    for at in range(1, 60):
        stage = buried()
        work = redrive(stage, sample=sample)
        calls: list[str] = []

        def stop(operation: str, calls: list[str] = calls, work: RedriveJob = work, at: int = at) -> None:
            calls.append(operation)
            if len(calls) == at:
                work.stop()

        stage.sqs.before = stop if not after else stage.sqs.before
        stage.sqs.after = stop if after else stage.sqs.after
        stage.logs.before = stop
        stage.outcome(Outcome.SUCCEEDED)

        work.carry_out()

        assert_nothing_is_lost(stage, work)
        if work.state is JobState.STOPPED:
            assert not work.tally.finished
            stopped += 1
        elif len(calls) < at:
            break
    else:
        pytest.fail("it never came to its end")
    assert (work.state, work.tally.sent) == (JobState.DONE, LETTERS)
    assert stopped > 10


def test_stopped_while_it_waits_for_the_sample_it_ends_at_once_and_the_rest_lies_there(stage: ConsoleStage) -> None:
    work = redrive(stage, sample=3, deadline=80_000)
    stage.logs.before = lambda operation: work.stop() if operation == "filter_log_events" else None

    work.carry_out()

    assert (work.state, work.tally.sent, work.tally.sample) == (JobState.STOPPED, 3, ())
    assert len(visible(stage)) == LETTERS - 3
    assert_nothing_is_lost(stage, work)


def test_stopped_between_two_batches_of_a_slow_pace_it_ends_long_before_the_next(stage: ConsoleStage) -> None:
    work = redrive(stage, rate=0.01)
    sent = threading.Event()
    stage.sqs.after = lambda operation: sent.set() if operation == "delete_message_batch" else None
    works = JobRegistry()
    works.start(lambda _number: work)
    assert sent.wait(SECONDS)

    works.end()

    assert (work.state, work.tally.sent) == (JobState.STOPPED, 1)
    assert_nothing_is_lost(stage, work)


def test_stopped_while_it_waits_for_the_letters_it_has_touched_none(stage: ConsoleStage) -> None:
    board = StageCache(stage.deployed, stage.clock.now)
    work = redrive(stage, board)
    works = JobRegistry()
    with board.alone(SERVICE):
        works.start(lambda _number: work)
        assert work.phase == "Wait until the letters are looked through"

        works.end()

        assert work.state is JobState.STOPPED
    assert stage.sqs.calls == []


def test_the_second_of_two_waits_and_finds_what_the_first_left(stage: ConsoleStage) -> None:
    board = StageCache(stage.deployed, stage.clock.now)
    first, second = redrive(stage, board), redrive(stage, board)
    threads = [threading.Thread(target=work.carry_out, daemon=True) for work in (first, second)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert sorted([first.tally.sent, second.tally.sent]) == [0, LETTERS]
    assert {first.state, second.state} == {JobState.DONE}
    assert len(stage.ids(QUEUE)) == LETTERS


def deny(stage: ConsoleStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")


def reject(stage: ConsoleStage) -> None:
    stage.logs.too_old = True


@pytest.mark.parametrize("break_", [deny, reject])
def test_what_cannot_be_written_down_is_not_sent(stage: ConsoleStage, break_: Callable[[ConsoleStage], None]) -> None:
    break_(stage)
    work = redrive(stage)

    work.carry_out()

    assert (work.state, work.well, work.tally.sent) == (JobState.FAILED, False, 0)
    assert work.trouble.startswith("the audit log could not be written, so nothing more is sent")
    assert stage.sqs.messages(QUEUE) == []
    assert visible(stage) == EVERYTHING


def test_where_aws_goes_away_midway_it_says_so_and_the_rest_is_put_back_when_it_can_be(stage: ConsoleStage) -> None:
    stage.sqs.before = lambda operation: (
        unreachable(operation) if operation == "send_message_batch" and stage.sqs.messages(QUEUE) else None
    )
    work = redrive(stage)

    work.carry_out()

    assert (work.state, work.tally.sent, work.tally.in_doubt) == (JobState.FAILED, 10, 10)
    assert work.trouble.startswith("AWS cannot be reached")
    assert_nothing_is_lost(stage, work)


def test_a_defect_midway_puts_all_back(stage: ConsoleStage) -> None:
    def defect(operation: str) -> None:
        if operation == "send_message_batch" and stage.sqs.messages(QUEUE):
            raise ZeroDivisionError

    stage.sqs.before = defect
    work = redrive(stage)

    with pytest.raises(ZeroDivisionError):
        work.carry_out()

    assert (work.state, work.tally.sent) == (JobState.FAILED, 10)
    assert_nothing_is_lost(stage, work)


def test_nothing_to_send_is_done_and_well(stage: ConsoleStage) -> None:
    work = redrive(stage, filters=Filters(id="nobody"))

    work.carry_out()

    assert (work.state, work.well, work.tally.chosen) == (JobState.DONE, True, 0)
