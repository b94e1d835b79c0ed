"""A discard of the console's: a file, then a yes, then the end of what is in the file, and of nothing else."""

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.polling import poll
from ops.console.jobs.discard import DiscardJob
from ops.console.jobs.job import JobRegistry, JobState
from ops.console.snapshot import StageCache
from ops.dead_letters.discard import DiscardRequest
from ops.dead_letters.filters import Filters
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.console_fakes import SECONDS, until_it_asks
from tests.unit.ops.console.stage_fakes import EVERYTHING, LETTERS, ConsoleStage, buried, visible

EVERY_ONE = Filters()

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def stage() -> ConsoleStage:
    return buried()


def discard(stage: ConsoleStage, board: StageCache | None = None, filters: Filters = EVERY_ONE) -> DiscardJob:
    request = DiscardRequest(stage=stage.deployed, service=SERVICE, filters=filters, comment="mended by hand")
    board = board or StageCache(stage.deployed, stage.clock.now)
    return DiscardJob(1, now=stage.clock.now, board=board, request=request, what=SERVICE)


def begun(work: DiscardJob) -> threading.Thread:
    thread = threading.Thread(target=work.carry_out, daemon=True)
    thread.start()
    return thread


def carried_out(work: DiscardJob, answer: Callable[[DiscardJob], None] = DiscardJob.agree) -> DiscardJob:
    thread = begun(work)
    until_it_asks(work)
    answer(work)
    thread.join(SECONDS)
    assert not thread.is_alive()
    return work


def exported() -> list[dict[str, Any]]:
    return [json.loads(line) for file in Path("discarded").glob("*.jsonl") for line in file.read_text().splitlines()]


def assert_what_is_gone_is_in_the_file_and_the_audit_log(stage: ConsoleStage, work: DiscardJob) -> None:
    gone = EVERYTHING - visible(stage)
    assert len(gone) == work.tally.deleted
    assert gone <= {record["id"] for record in exported()}
    assert gone <= {line["id"] for line in stage.logs.lines() if line["message"] == "discarded"}
    assert sorted(visible(stage)) == stage.ids(DEAD_LETTERS)


def test_when_it_asks_the_file_is_there_for_its_owner_alone_and_nothing_is_hidden(stage: ConsoleStage) -> None:
    stage.bury(99, OTHER_CAUSE)
    work = discard(stage, filters=Filters(fingerprint=CAUSE))
    thread = begun(work)
    until_it_asks(work)

    assert work.exported is not None
    assert stat.S_IMODE(work.exported.stat().st_mode) == 0o600
    assert {json.loads(record["body"])["id"] for record in exported()} == EVERYTHING
    assert (work.count, [len(cause.found) for cause in work.causes]) == (LETTERS, [LETTERS])
    assert visible(stage) == EVERYTHING | {"task-99"}
    assert stage.logs.lines() == []

    work.stop()
    thread.join(SECONDS)
    assert work.state is JobState.STOPPED


def test_a_yes_deletes_what_is_in_the_file_with_a_line_for_each_and_leaves_the_others(stage: ConsoleStage) -> None:
    stage.bury(99, OTHER_CAUSE)
    work = carried_out(discard(stage, filters=Filters(fingerprint=CAUSE)))

    assert (work.state, work.well, work.tally.deleted) == (JobState.DONE, True, LETTERS)
    assert visible(stage) == {"task-99"}
    assert {(line["message"], line["why"]) for line in stage.logs.lines()} == {("discarded", "mended by hand")}
    assert (work.phase, work.done, work.about) == ("Delete them", LETTERS, LETTERS)


def test_a_no_deletes_nothing_and_leaves_the_file(stage: ConsoleStage) -> None:
    work = carried_out(discard(stage), DiscardJob.stop)

    assert (work.state, work.well, work.tally.deleted) == (JobState.STOPPED, False, 0)
    assert visible(stage) == EVERYTHING
    assert len(exported()) == LETTERS


def test_what_dies_between_the_file_and_the_yes_stays(stage: ConsoleStage) -> None:
    def die_and_agree(work: DiscardJob) -> None:
        stage.bury(99)
        work.agree()

    work = carried_out(discard(stage), die_and_agree)

    assert (work.state, work.tally.deleted) == (JobState.DONE, LETTERS)
    assert visible(stage) == {"task-99"}


def test_what_was_gone_before_the_yes_is_told_to_be(stage: ConsoleStage) -> None:
    def lose_one_and_agree(work: DiscardJob) -> None:
        del stage.sqs.queues[DEAD_LETTERS][0]
        work.agree()

    work = carried_out(discard(stage), lose_one_and_agree)

    assert (work.state, work.well, work.tally.deleted) == (JobState.DONE, False, LETTERS - 1)
    assert work.tally.not_deleted == {"sqs-1": "it is no longer visible: somebody else has received or deleted it"}


def test_nothing_to_discard_is_asked_about_by_nobody_and_leaves_no_file(stage: ConsoleStage) -> None:
    work = discard(stage, filters=Filters(id="nobody"))

    work.carry_out()

    assert (work.state, work.well, work.exported) == (JobState.DONE, True, None)
    assert not Path("discarded").exists()


def test_while_it_asks_pages_may_look_at_the_letters(stage: ConsoleStage) -> None:
    board = StageCache(stage.deployed, stage.clock.now)

    def look_and_agree(work: DiscardJob) -> None:
        board.look()
        assert len(board.seen.found) == LETTERS
        work.agree()

    work = carried_out(discard(stage, board), look_and_agree)
    board.look()

    assert work.state is JobState.DONE
    assert board.seen.found == ()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_stopped_at_any_call_each_letter_lies_there_or_is_in_the_file_and_the_audit_log(
    after: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    for at in range(1, 60):
        (folder / str(at)).mkdir()
        monkeypatch.chdir(folder / str(at))
        stage = buried()
        work = discard(stage)
        calls: list[str] = []

        def stop(operation: str, calls: list[str] = calls, work: DiscardJob = work, at: int = at) -> None:
            calls.append(operation)
            if len(calls) == at:
                work.stop()

        stage.sqs.before = stop if not after else stage.sqs.before
        stage.sqs.after = stop if after else stage.sqs.after
        stage.logs.before = stop
        thread = begun(work)
        poll(
            lambda work=work: work.ended or work.state is JobState.ASKING,  # type: ignore[misc]  # mypy guesses no types of defaults
            what="its question or its end",
            seconds=SECONDS,
            every=0.0005,
        )
        work.agree()
        thread.join(SECONDS)

        assert_what_is_gone_is_in_the_file_and_the_audit_log(stage, work)
        states.append(work.state)
        if len(calls) < at:
            break
    else:
        pytest.fail("it never came to its end")
    assert states[-1] is JobState.DONE
    assert states.count(JobState.STOPPED) > 10


def test_stopped_while_it_waits_for_the_letters_it_has_touched_none(stage: ConsoleStage) -> None:
    board = StageCache(stage.deployed, stage.clock.now)
    work = discard(stage, board)
    works = JobRegistry()
    with board.alone(SERVICE):
        works.start(lambda _number: work)

        works.end()

        assert work.state is JobState.STOPPED
    assert stage.sqs.calls == []


def test_what_cannot_be_written_down_is_not_deleted(stage: ConsoleStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    work = carried_out(discard(stage))

    assert (work.state, work.tally.deleted) == (JobState.FAILED, 0)
    assert work.trouble.startswith("the audit log could not be written, so nothing more is sent, deleted")
    assert visible(stage) == EVERYTHING


@pytest.mark.parametrize("there", ["a file", "a folder without rights"])
def test_what_cannot_be_exported_is_not_deleted_and_not_asked_about(
    stage: ConsoleStage, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there == "a file":
        Path("discarded").touch()
    else:
        monkeypatch.setattr("ops.dead_letters.export.os.open", _full)
    work = discard(stage)

    work.carry_out()

    assert (work.state, work.exported) == (JobState.FAILED, None)
    assert "cannot be" in work.trouble
    assert visible(stage) == EVERYTHING


def _full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_its_page_can_tell_how_far_it_has_come(stage: ConsoleStage) -> None:
    work = discard(stage)
    told: list[tuple[str, int, int]] = []
    stage.sqs.after = lambda _operation: told.append((work.phase, work.done, work.about))

    carried_out(work)

    assert (work.title, work.service) == ("Discard", SERVICE)
    assert ("Look through the dead letters", 10, LETTERS) in told
    assert ("Look for them again", 10, LETTERS) in told
    assert ("Delete them", 10, LETTERS) in told
