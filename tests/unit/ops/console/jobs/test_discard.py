"""A discard job exports, asks for confirmation, and then deletes exactly what is in the file."""

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
from tests.unit.ops.console.console_fakes import SECONDS, wait_until_unconfirmed
from tests.unit.ops.console.stage_fakes import ALL_IDS, COUNT, ConsoleStage, full_stage, visible

NO_FILTER = Filters()

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def stage() -> ConsoleStage:
    return full_stage()


def discard(stage: ConsoleStage, stage_cache: StageCache | None = None, filters: Filters = NO_FILTER) -> DiscardJob:
    request = DiscardRequest(stage=stage.deployed, service=SERVICE, filters=filters, comment="fixed by hand")
    stage_cache = stage_cache or StageCache(stage.deployed, stage.clock.now)
    return DiscardJob(1, now=stage.clock.now, cache=stage_cache, request=request, description=SERVICE)


def started(job: DiscardJob) -> threading.Thread:
    thread = threading.Thread(target=job.execute, daemon=True)
    thread.start()
    return thread


def executed(job: DiscardJob, answer: Callable[[DiscardJob], None] = DiscardJob.confirm) -> DiscardJob:
    thread = started(job)
    wait_until_unconfirmed(job)
    answer(job)
    thread.join(SECONDS)
    assert not thread.is_alive()
    return job


def exported() -> list[dict[str, Any]]:
    return [json.loads(line) for file in Path("discarded").glob("*.jsonl") for line in file.read_text().splitlines()]


def assert_deleted_ones_are_exported_and_audited(stage: ConsoleStage, job: DiscardJob) -> None:
    deleted = ALL_IDS - visible(stage)
    assert len(deleted) == job.result.deleted
    assert deleted <= {record["id"] for record in exported()}
    assert deleted <= {line["id"] for line in stage.logs.lines() if line["message"] == "discarded"}
    assert sorted(visible(stage)) == stage.ids(DEAD_LETTERS)


def test_unconfirmed_discard_has_a_private_file_and_hides_nothing(stage: ConsoleStage) -> None:
    stage.add_dead_letter(99, OTHER_CAUSE)
    job = discard(stage, filters=Filters(fingerprint=CAUSE))
    thread = started(job)
    wait_until_unconfirmed(job)

    assert job.exported is not None
    assert stat.S_IMODE(job.exported.stat().st_mode) == 0o600
    assert {json.loads(record["body"])["id"] for record in exported()} == ALL_IDS
    assert (job.count, [len(cause.found) for cause in job.causes]) == (COUNT, [COUNT])
    assert visible(stage) == ALL_IDS | {"task-99"}
    assert stage.logs.lines() == []

    job.stop()
    thread.join(SECONDS)
    assert job.state is JobState.STOPPED


def test_confirmed_discard_deletes_and_audits_what_is_in_the_file(stage: ConsoleStage) -> None:
    stage.add_dead_letter(99, OTHER_CAUSE)
    job = executed(discard(stage, filters=Filters(fingerprint=CAUSE)))

    assert (job.state, job.succeeded, job.result.deleted) == (JobState.DONE, True, COUNT)
    assert visible(stage) == {"task-99"}
    assert {(line["message"], line["why"]) for line in stage.logs.lines()} == {("discarded", "fixed by hand")}
    assert (job.phase, job.done, job.total) == ("Delete the dead letters", COUNT, COUNT)


def test_cancelled_discard_deletes_nothing_and_keeps_the_file(stage: ConsoleStage) -> None:
    job = executed(discard(stage), DiscardJob.stop)

    assert (job.state, job.succeeded, job.result.deleted) == (JobState.STOPPED, False, 0)
    assert visible(stage) == ALL_IDS
    assert len(exported()) == COUNT


def test_dead_letter_that_arrives_before_confirmation_stays(stage: ConsoleStage) -> None:
    def add_one_and_confirm(job: DiscardJob) -> None:
        stage.add_dead_letter(99)
        job.confirm()

    job = executed(discard(stage), add_one_and_confirm)

    assert (job.state, job.result.deleted) == (JobState.DONE, COUNT)
    assert visible(stage) == {"task-99"}


def test_dead_letter_gone_before_confirmation_is_reported(stage: ConsoleStage) -> None:
    def remove_one_and_confirm(job: DiscardJob) -> None:
        del stage.sqs.queues[DEAD_LETTERS][0]
        job.confirm()

    job = executed(discard(stage), remove_one_and_confirm)

    assert (job.state, job.succeeded, job.result.deleted) == (JobState.DONE, False, COUNT - 1)
    assert job.result.not_deleted == {"sqs-1": "it is no longer visible: somebody else has received or deleted it"}


def test_discard_without_a_match_ends_without_file_or_confirmation(stage: ConsoleStage) -> None:
    job = discard(stage, filters=Filters(id="unknown"))

    job.execute()

    assert (job.state, job.succeeded, job.exported) == (JobState.DONE, True, None)
    assert not Path("discarded").exists()


def test_unconfirmed_discard_leaves_the_queue_free_for_polls(stage: ConsoleStage) -> None:
    stage_cache = StageCache(stage.deployed, stage.clock.now)

    def poll_and_confirm(job: DiscardJob) -> None:
        stage_cache.poll()
        assert len(stage_cache.snapshot.found) == COUNT
        job.confirm()

    job = executed(discard(stage, stage_cache), poll_and_confirm)
    stage_cache.poll()

    assert job.state is JobState.DONE
    assert stage_cache.snapshot.found == ()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_discard_stopped_at_any_call_deletes_only_exported_and_audited(
    after: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = []
    for at in range(1, 60):
        (folder / str(at)).mkdir()
        monkeypatch.chdir(folder / str(at))
        stage = full_stage()
        job = discard(stage)
        calls: list[str] = []

        def stop(operation: str, calls: list[str] = calls, job: DiscardJob = job, at: int = at) -> None:
            calls.append(operation)
            if len(calls) == at:
                job.stop()

        stage.sqs.before = stop if not after else stage.sqs.before
        stage.sqs.after = stop if after else stage.sqs.after
        stage.logs.before = stop
        thread = started(job)
        poll(
            lambda job=job: job.ended or job.state is JobState.UNCONFIRMED,  # type: ignore[misc]  # mypy guesses no types of defaults
            what="the job to end or to ask for confirmation",
            seconds=SECONDS,
            every=0.0005,
        )
        job.confirm()
        thread.join(SECONDS)

        assert_deleted_ones_are_exported_and_audited(stage, job)
        states.append(job.state)
        if len(calls) < at:
            break
    else:
        pytest.fail("the job never ended")
    assert states[-1] is JobState.DONE
    assert states.count(JobState.STOPPED) > 10


def test_job_stopped_while_waiting_for_the_lock_reads_no_message(stage: ConsoleStage) -> None:
    stage_cache = StageCache(stage.deployed, stage.clock.now)
    job = discard(stage, stage_cache)
    registry = JobRegistry()
    with stage_cache.exclusive(SERVICE):
        registry.start(lambda _number: job)

        registry.stop_all()

        assert job.state is JobState.STOPPED
    assert stage.sqs.calls == ["list_queues"]


def test_nothing_is_deleted_if_the_audit_log_refuses(stage: ConsoleStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    job = executed(discard(stage))

    assert (job.state, job.result.deleted) == (JobState.FAILED, 0)
    assert job.error.startswith("the audit log could not be written, so nothing more is done")
    assert visible(stage) == ALL_IDS


@pytest.mark.parametrize("obstacle", ["a file", "a folder without rights"])
def test_failed_export_ends_the_discard_without_confirmation(
    stage: ConsoleStage, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if obstacle == "a file":
        Path("discarded").touch()
    else:
        monkeypatch.setattr("ops.dead_letters.export.os.open", _full)
    job = discard(stage)

    job.execute()

    assert (job.state, job.exported) == (JobState.FAILED, None)
    assert "cannot be" in job.error
    assert visible(stage) == ALL_IDS


def _full(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_job_reports_its_progress(stage: ConsoleStage) -> None:
    job = discard(stage)
    progress: list[tuple[str, int, int]] = []
    stage.sqs.after = lambda _operation: progress.append((job.phase, job.done, job.total))

    executed(job)

    assert (job.title, job.request.service) == ("Discard", SERVICE)
    assert ("Read the dead letters", 10, COUNT) in progress
    assert ("Read the dead letters again", 10, COUNT) in progress
    assert ("Delete the dead letters", 10, COUNT) in progress
