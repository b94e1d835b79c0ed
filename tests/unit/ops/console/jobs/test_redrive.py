"""A redrive job loses no dead letter whenever it is stopped, and its result is correct."""

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
from tests.unit.ops.console.stage_fakes import ALL_IDS, COUNT, ConsoleStage, full_stage, visible
from tests.unit.ops.dead_letters.interruptions import unreachable


@pytest.fixture
def stage() -> ConsoleStage:
    return full_stage()


def redrive(stage: ConsoleStage, stage_cache: StageCache | None = None, **options: Any) -> RedriveJob:
    request = RedriveRequest(
        stage=stage.deployed, service=SERVICE, filters=options.pop("filters", Filters()), **options
    )
    return RedriveJob(
        1,
        now=stage.clock.now,
        cache=stage_cache or StageCache(stage.deployed, stage.clock.now),
        request=request,
        description=SERVICE,
    )


def assert_nothing_is_lost(stage: ConsoleStage, job: RedriveJob) -> None:
    """Each message is in the queue, visible in the dead-letter queue, or in both with one id, as the result says."""
    queued = stage.ids(QUEUE)
    assert set(queued) | visible(stage) == ALL_IDS
    assert len(queued) == len(set(queued))
    assert sorted(visible(stage)) == stage.ids(DEAD_LETTERS)
    assert job.result.sent <= len(queued) <= job.result.sent + job.result.in_doubt
    in_both = {each.id for each in stage.sqs.messages(DEAD_LETTERS) if json.loads(each.body)["id"] in queued}
    assert len(in_both) <= len(job.result.not_deleted) + job.result.in_doubt
    assert set(queued) <= {line["id"] for line in stage.logs.lines()}


def test_selected_dead_letters_are_redriven_and_others_stay(stage: ConsoleStage) -> None:
    stage.add_dead_letter(99, OTHER_CAUSE)
    job = redrive(stage, filters=Filters(fingerprint=CAUSE))

    job.execute()

    assert (job.state, job.succeeded, job.result.sent, job.result.chosen) == (JobState.DONE, True, COUNT, COUNT)
    assert set(stage.ids(QUEUE)) == ALL_IDS
    assert visible(stage) == {"task-99"}
    assert {(line["message"], line["service"]) for line in stage.logs.lines()} == {("redriven", SERVICE)}


def test_job_reports_its_progress(stage: ConsoleStage) -> None:
    job = redrive(stage)
    progress: list[tuple[str, int, int]] = []
    stage.sqs.after = lambda _operation: progress.append((job.phase, job.done, job.total))

    job.execute()

    assert (job.title, job.request.service) == ("Redrive", SERVICE)
    assert ("Read the dead letters", 10, COUNT) in progress
    assert ("Redrive", 10, COUNT) in progress
    assert (job.phase, job.done, job.total) == ("Redrive", COUNT, COUNT)


def test_queue_is_read_again_after_a_redrive(stage: ConsoleStage) -> None:
    stage_cache = StageCache(stage.deployed, stage.clock.now)
    stage_cache.poll()

    redrive(stage, stage_cache).execute()
    stage_cache.poll()

    assert stage_cache.snapshot.found == ()


def test_rest_is_sent_after_the_sample_succeeded(stage: ConsoleStage) -> None:
    stage.outcome(Outcome.SUCCEEDED)
    job = redrive(stage, sample=3)
    phases: list[str] = []
    stage.logs.page = 100
    stage.logs.before = lambda operation: phases.append(job.phase) if operation == "filter_log_events" else None

    job.execute()

    assert (job.state, job.succeeded, job.result.sent) == (JobState.DONE, True, COUNT)
    assert [outcome.succeeded for outcome in job.result.sample] == [True] * 3
    assert phases == ["Sample of 3 sent: wait up to 300 s for its outcome"]


def test_rest_is_not_sent_after_the_sample_failed(stage: ConsoleStage) -> None:
    stage.outcome(Outcome.RETRYING, error="PermanentError")
    job = redrive(stage, sample=3)

    job.execute()

    assert (job.state, job.succeeded, job.result.sample_failed) == (JobState.DONE, False, True)
    assert len(visible(stage)) == COUNT - 3
    assert_nothing_is_lost(stage, job)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("sample", [None, 3], ids=["at once", "with a sample"])
def test_redrive_stopped_at_any_call_loses_and_doubles_nothing(after: bool, sample: int | None) -> None:
    stopped = 0
    for at in range(1, 60):
        stage = full_stage()
        job = redrive(stage, sample=sample)
        calls: list[str] = []

        def stop(operation: str, calls: list[str] = calls, job: RedriveJob = job, at: int = at) -> None:
            calls.append(operation)
            if len(calls) == at:
                job.stop()

        stage.sqs.before = stop if not after else stage.sqs.before
        stage.sqs.after = stop if after else stage.sqs.after
        stage.logs.before = stop
        stage.outcome(Outcome.SUCCEEDED)

        job.execute()

        assert_nothing_is_lost(stage, job)
        if job.state is JobState.STOPPED:
            assert not job.result.finished
            stopped += 1
        elif len(calls) < at:
            break
    else:
        pytest.fail("the job never ended")
    assert (job.state, job.result.sent) == (JobState.DONE, COUNT)
    assert stopped > 10


def test_redrive_stopped_while_waiting_for_its_sample_keeps_the_rest(stage: ConsoleStage) -> None:
    job = redrive(stage, sample=3, deadline=80_000)
    stage.logs.before = lambda operation: job.stop() if operation == "filter_log_events" else None

    job.execute()

    assert (job.state, job.result.sent, job.result.sample) == (JobState.STOPPED, 3, ())
    assert len(visible(stage)) == COUNT - 3
    assert_nothing_is_lost(stage, job)


def test_rate_limited_redrive_stops_between_batches_at_once(stage: ConsoleStage) -> None:
    job = redrive(stage, rate=0.01)
    sent = threading.Event()
    stage.sqs.after = lambda operation: sent.set() if operation == "delete_message_batch" else None
    registry = JobRegistry()
    registry.start(lambda _number: job)
    assert sent.wait(SECONDS)

    registry.stop_all()

    assert (job.state, job.result.sent) == (JobState.STOPPED, 1)
    assert_nothing_is_lost(stage, job)


def test_job_stopped_while_waiting_for_the_lock_calls_nothing(stage: ConsoleStage) -> None:
    stage_cache = StageCache(stage.deployed, stage.clock.now)
    job = redrive(stage, stage_cache)
    registry = JobRegistry()
    with stage_cache.exclusive(SERVICE):
        registry.start(lambda _number: job)
        assert job.phase == "Wait until the queue is free"

        registry.stop_all()

        assert job.state is JobState.STOPPED
    assert stage.sqs.calls == []


def test_second_redrive_waits_and_finds_what_the_first_left(stage: ConsoleStage) -> None:
    stage_cache = StageCache(stage.deployed, stage.clock.now)
    first, second = redrive(stage, stage_cache), redrive(stage, stage_cache)
    threads = [threading.Thread(target=job.execute, daemon=True) for job in (first, second)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert sorted([first.result.sent, second.result.sent]) == [0, COUNT]
    assert {first.state, second.state} == {JobState.DONE}
    assert len(stage.ids(QUEUE)) == COUNT


def deny(stage: ConsoleStage) -> None:
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")


def reject(stage: ConsoleStage) -> None:
    stage.logs.too_old = True


@pytest.mark.parametrize("break_log", [deny, reject])
def test_nothing_is_sent_if_the_audit_log_refuses(
    stage: ConsoleStage, break_log: Callable[[ConsoleStage], None]
) -> None:
    break_log(stage)
    job = redrive(stage)

    job.execute()

    assert (job.state, job.succeeded, job.result.sent) == (JobState.FAILED, False, 0)
    assert job.error.startswith("the audit log could not be written, so nothing more is done")
    assert stage.sqs.messages(QUEUE) == []
    assert visible(stage) == ALL_IDS


def test_redrive_fails_and_keeps_the_rest_when_aws_becomes_unreachable(stage: ConsoleStage) -> None:
    stage.sqs.before = lambda operation: (
        unreachable(operation) if operation == "send_message_batch" and stage.sqs.messages(QUEUE) else None
    )
    job = redrive(stage)

    job.execute()

    assert (job.state, job.result.sent, job.result.in_doubt) == (JobState.FAILED, 10, 10)
    assert job.error.startswith("AWS cannot be reached")
    assert_nothing_is_lost(stage, job)


def test_unexpected_error_midway_releases_all_leases(stage: ConsoleStage) -> None:
    def fail(operation: str) -> None:
        if operation == "send_message_batch" and stage.sqs.messages(QUEUE):
            raise ZeroDivisionError

    stage.sqs.before = fail
    job = redrive(stage)

    with pytest.raises(ZeroDivisionError):
        job.execute()

    assert (job.state, job.result.sent) == (JobState.FAILED, 10)
    assert_nothing_is_lost(stage, job)


def test_redrive_without_a_match_succeeds(stage: ConsoleStage) -> None:
    job = redrive(stage, filters=Filters(id="unknown"))

    job.execute()

    assert (job.state, job.succeeded, job.result.chosen) == (JobState.DONE, True, 0)
