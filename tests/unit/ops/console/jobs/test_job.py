"""Jobs: how they end, which ones are kept, and that none outlives the console."""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from ops.console.jobs import job as job_module
from ops.console.jobs.job import Job, JobRegistry, JobState
from ops.terminal.errors import OperatorError
from tests.fakes.service import NOON, Clock
from tests.unit.ops.console.console_fakes import SECONDS, wait_until_ended, wait_until_unconfirmed


class FunctionJob(Job):
    """A job that calls a function."""

    def __init__(self, do: Callable[["FunctionJob"], None] = lambda _job: None, number: int = 1) -> None:
        self.clock = Clock()
        super().__init__(number, now=self.clock.now)
        self._do = do

    @property
    def succeeded(self) -> bool:
        return self.state is JobState.DONE

    def run(self) -> None:
        self._do(self)


def refuse(_job: Job) -> None:
    raise OperatorError("AWS throttles ReceiveMessage")


def fail_unexpectedly(_job: Job) -> None:
    raise ZeroDivisionError("secret text of a payload")


def executed(do: Callable[[FunctionJob], None]) -> FunctionJob:
    job = FunctionJob(do)
    job.execute()
    return job


def in_a_thread(job: Job) -> Thread:
    thread = Thread(target=job.execute, daemon=True)
    thread.start()
    return thread


def test_completed_job_is_done() -> None:
    job = executed(lambda job: job.clock.sleep(5))

    assert (job.state, job.error) == (JobState.DONE, "")
    assert job.ended == job.clock.now() > NOON


def test_failed_job_keeps_its_error() -> None:
    job = executed(refuse)

    assert (job.state, job.error, job.ended) == (JobState.FAILED, "AWS throttles ReceiveMessage", NOON)


def test_unexpected_error_is_raised_but_not_shown() -> None:
    job = FunctionJob(fail_unexpectedly)

    with pytest.raises(ZeroDivisionError):
        job.execute()

    assert (job.state, job.ended) == (JobState.FAILED, NOON)
    assert "unexpected error" in job.error
    assert "secret" not in job.error


@pytest.mark.parametrize(
    "check",
    [
        lambda job: job.begin("Read"),
        lambda job: job.progress(3),
        lambda job: job.sleep(1_000),
        lambda job: job.wait_for_confirmation(),
        lambda job: job.check_stopped(),
    ],
    ids=["begin", "progress", "sleep", "wait for confirmation", "check stopped"],
)
def test_stopped_job_ends_at_the_next_check(check: Callable[[Job], None]) -> None:
    def do(job: Job) -> None:
        job.stop()
        check(job)
        pytest.fail("the job continued")

    job = executed(do)

    assert (job.state, job.stopping, job.error) == (JobState.STOPPED, True, "")


def test_stop_ends_a_sleep_at_once() -> None:
    asleep = Event()

    def do(job: Job) -> None:
        asleep.set()
        job.sleep(10_000)

    job = FunctionJob(do)
    thread = in_a_thread(job)
    assert asleep.wait(SECONDS)

    job.stop()
    thread.join(SECONDS)

    assert job.state is JobState.STOPPED


def test_job_continues_after_its_sleep() -> None:
    assert executed(lambda job: job.sleep(0)).state is JobState.DONE


def test_job_that_completes_despite_a_stop_is_done() -> None:
    job = executed(lambda job: job.stop())

    assert job.state is JobState.DONE


def test_unconfirmed_job_runs_on_after_confirmation() -> None:
    job = FunctionJob(Job.wait_for_confirmation)
    thread = in_a_thread(job)
    wait_until_unconfirmed(job)

    job.confirm()
    thread.join(SECONDS)

    assert job.state is JobState.DONE


def test_stop_cancels_an_unconfirmed_job() -> None:
    job = FunctionJob(Job.wait_for_confirmation)
    thread = in_a_thread(job)
    wait_until_unconfirmed(job)

    job.stop()
    job.confirm()
    thread.join(SECONDS)

    assert job.state is JobState.STOPPED


def test_early_confirmation_is_ignored() -> None:
    job = FunctionJob(Job.wait_for_confirmation)
    job.confirm()
    thread = in_a_thread(job)

    wait_until_unconfirmed(job)

    job.stop()
    thread.join(SECONDS)
    assert job.state is JobState.STOPPED


def test_phase_starts_at_zero_and_its_total_grows_with_progress() -> None:
    job = FunctionJob()

    job.begin("Read", 10)
    job.progress(4)
    assert (job.phase, job.done, job.total) == ("Read", 4, 10)
    job.progress(14)
    assert (job.done, job.total) == (14, 14)
    job.begin("Wait")
    assert (job.phase, job.done, job.total) == ("Wait", 0, 0)


def test_job_class_needs_run_and_succeeded() -> None:
    with pytest.raises(TypeError, match=r"run.* succeeded"):
        Job(1, now=Clock().now)  # type: ignore[abstract]  # which is the point


def ended(registry: JobRegistry, count: int) -> list[Job]:
    """Run this many jobs to their end, one after the other."""
    jobs = []
    for _ in range(count):
        job = registry.start(lambda number: FunctionJob(number=number))
        wait_until_ended(job)
        jobs.append(job)
    return jobs


def test_jobs_are_numbered_and_listed_latest_first() -> None:
    registry = JobRegistry()

    jobs = ended(registry, 3)

    assert [job.number for job in jobs] == [1, 2, 3]
    assert registry.latest() == jobs[::-1]
    assert registry.find(2) is jobs[1]
    assert registry.find(4) is None


def test_oldest_ended_jobs_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "_MAX_KEPT", 3)
    registry, proceed = JobRegistry(), Event()
    running = registry.start(lambda number: FunctionJob(lambda _job: _wait_for(proceed), number))

    jobs = ended(registry, 5)

    assert registry.latest() == [*jobs[:2:-1], running]
    assert registry.find(jobs[0].number) is None
    proceed.set()
    registry.stop_all()


def _wait_for(event: Event) -> None:
    assert event.wait(SECONDS)


def test_running_jobs_are_never_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "_MAX_KEPT", 2)
    registry = JobRegistry()

    running = [registry.start(lambda number: FunctionJob(lambda job: job.sleep(1_000), number)) for _ in range(4)]

    assert registry.latest() == running[::-1]
    registry.stop_all()


def test_stop_all_stops_and_waits_for_every_job() -> None:
    registry = JobRegistry()
    released: list[int] = []

    def do(job: FunctionJob) -> None:
        try:
            job.sleep(1_000)
        finally:
            released.append(job.number)

    running = [registry.start(lambda number: FunctionJob(do, number)) for _ in range(3)]
    unconfirmed = registry.start(lambda number: FunctionJob(Job.wait_for_confirmation, number))

    registry.stop_all()

    assert sorted(released) == [1, 2, 3]
    assert {job.state for job in [*running, unconfirmed]} == {JobState.STOPPED}


def test_no_job_starts_after_stop_all() -> None:
    registry = JobRegistry()
    registry.stop_all()

    with pytest.raises(OperatorError, match="the console is ending"):
        registry.start(lambda number: FunctionJob(refuse, number))

    assert registry.latest() == []
