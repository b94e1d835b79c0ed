"""Redrive job: send dead letters back to their queue."""

from collections.abc import Callable
from datetime import datetime

from ops.console.jobs.job import Job
from ops.console.snapshot import StageCache
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.redrive import RedriveResult
from ops.dead_letters.redrive.report import RedriveObserver, RedriveRequest, run_redrive, succeeded
from ops.stage.services import dead_letter_source


class RedriveJob(Job):
    """Redrives dead letters."""

    title = "Redrive"
    template = "jobs/redrive.html"

    def __init__(
        self, number: int, *, now: Callable[[], datetime], cache: StageCache, request: RedriveRequest, description: str
    ) -> None:
        """Create a job that is not running yet; `description` is the text of the selection."""
        super().__init__(number, now=now)
        self._cache = cache
        self.request = request
        self.description = description
        self.result = RedriveResult()

    @property
    def succeeded(self) -> bool:
        """Whether all selected dead letters were redriven, and the sample succeeded."""
        return succeeded(self.result)

    def run(self) -> None:
        """Redrive the selected dead letters."""
        service = dead_letter_source(self.request.service, self.request.stage)
        with self._cache.exclusive(service.name, while_waiting=self.check_stopped):
            self.begin("Read the dead letters", DeadLetterQueue.of(service).approximate_visible())
            observer = RedriveObserver(
                on_read=self.progress, on_sent=self._sent, on_sample_sent=self._sample_sent, sleep=self.sleep
            )
            run_redrive(self.request, self.result, observer)

    def _sent(self, count: int) -> None:
        self.phase = "Redrive"
        self.done, self.total = count, self.result.chosen
        self.check_stopped()

    def _sample_sent(self) -> None:
        self.begin(f"Sample of {self.result.sent:,} sent: wait up to {self.request.deadline:.0f} s for its outcome")
