"""Jobs: actions started in the console. Each runs in a thread, shows its progress on a page, and can be stopped."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from threading import Condition, Event, Lock, Thread

from ops.console.snapshot import UNEXPECTED_ERROR
from ops.terminal.errors import OperatorError

_STOP_SECONDS = 60.0
"""Time limit for a job to release its leases when the console ends."""

_MAX_KEPT = 100
"""Jobs that are kept; the oldest ended ones are removed first."""


class JobState(StrEnum):
    """State of a job."""

    RUNNING = "running"
    UNCONFIRMED = "unconfirmed"
    """The job waits for the operator's confirmation."""

    DONE = "done"
    FAILED = "failed"
    """The job ended early; `error` says why."""

    STOPPED = "stopped"
    """The operator stopped the job."""


class JobStoppedError(Exception):
    """The operator stopped the job."""


class Job(ABC):
    """One redrive or discard. Its thread writes the fields that its page reads."""

    title = ""
    """Name of the action, which begins a sentence."""

    template = ""
    """Template of the job's page."""

    def __init__(self, number: int, *, now: Callable[[], datetime]) -> None:
        """Create a job that is not running yet."""
        self.number = number
        self.ended: datetime | None = None
        self.state = JobState.RUNNING
        self.phase = "Wait until the queue is free"
        self.done, self.total = 0, 0
        self.error = ""
        self._now = now
        self._stop = Event()
        self._answered = Condition()
        self._is_confirmed = False

    @property
    @abstractmethod
    def succeeded(self) -> bool:
        """Whether the job did everything it was asked to do."""

    @property
    def stopping(self) -> bool:
        """Whether the job was asked to stop."""
        return self._stop.is_set()

    @abstractmethod
    def run(self) -> None:
        """Carry out the action.

        Raises:
            OperatorError: it cannot continue.
            JobStoppedError: the operator stopped the job.
        """

    def stop(self) -> None:
        """Ask the job to end between two calls to AWS, and to release its leases."""
        self._stop.set()
        with self._answered:
            self._answered.notify_all()

    def confirm(self) -> None:
        """Confirm the action; ignored unless the job waits for confirmation."""
        with self._answered:
            self._is_confirmed = self._is_confirmed or self.state is JobState.UNCONFIRMED
            self._answered.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait; a stop ends the wait at once.

        Raises:
            JobStoppedError: the operator stopped the job.
        """
        self._stop.wait(seconds)
        self.check_stopped()

    def check_stopped(self) -> None:
        """Raise JobStoppedError if the job was asked to stop."""
        if self._stop.is_set():
            raise JobStoppedError

    def begin(self, phase: str, total: int = 0) -> None:
        """Begin a phase with about `total` steps; 0 if their number is unknown.

        Raises:
            JobStoppedError: the operator stopped the job.
        """
        self.phase, self.done, self.total = phase, 0, total
        self.check_stopped()

    def progress(self, done: int) -> None:
        """Record how many steps of the phase are done.

        Raises:
            JobStoppedError: the operator stopped the job.
        """
        self.done, self.total = done, max(self.total, done)
        self.check_stopped()

    def wait_for_confirmation(self) -> None:
        """Wait until the operator confirms; call it without leases on dead letters.

        Raises:
            JobStoppedError: the operator stopped the job instead.
        """
        with self._answered:
            self.state = JobState.UNCONFIRMED
            self._answered.wait_for(lambda: self._is_confirmed or self._stop.is_set())
            self.state = JobState.RUNNING
        self.check_stopped()

    def execute(self) -> None:
        """Run the job and record how it ended."""
        try:
            self.run()
            self.state = JobState.DONE
        except JobStoppedError:
            self.state = JobState.STOPPED
        except OperatorError as error:
            self.state, self.error = JobState.FAILED, str(error)
        except BaseException:
            self.state, self.error = JobState.FAILED, UNEXPECTED_ERROR
            raise
        finally:
            self.ended = self._now()


class JobRegistry:
    """Jobs of this run of the console."""

    def __init__(self) -> None:
        """Create an empty registry."""
        self._lock = Lock()
        self._count = 0
        self._jobs: dict[int, tuple[Job, Thread]] = {}
        self._is_closed = False

    def start(self, create: Callable[[int], Job]) -> Job:
        """Create a job with the next number, and run it in a thread.

        Raises:
            OperatorError: the console is ending.
        """
        with self._lock:
            if self._is_closed:
                raise OperatorError("the console is ending: no new job is started")
            self._count += 1
            job = create(self._count)
            thread = Thread(target=job.execute, name=f"job {job.number}", daemon=True)
            self._jobs[job.number] = job, thread
            ended = [number for number, (each, _) in self._jobs.items() if each.ended]
            for number in ended[: max(0, len(self._jobs) - _MAX_KEPT)]:
                del self._jobs[number]
            thread.start()
        return job

    def find(self, number: int) -> Job | None:
        """Job with this number."""
        found = self._jobs.get(number)
        return found[0] if found else None

    def latest(self) -> list[Job]:
        """All kept jobs, the latest first."""
        with self._lock:
            return [job for job, _ in reversed(self._jobs.values())]

    def stop_all(self) -> None:
        """Stop all jobs, and wait until they have released their leases."""
        with self._lock:
            self._is_closed = True
            jobs = list(self._jobs.values())
        for job, _ in jobs:
            job.stop()
        for _, thread in jobs:
            thread.join(_STOP_SECONDS)
