"""A redrive that was asked for in the console."""

from collections.abc import Callable
from datetime import datetime

from ops.console.jobs.job import Job
from ops.console.snapshot import StageCache
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.redrive.redrive import RedriveResult
from ops.dead_letters.redrive.report import RedriveObserver, RedriveRequest, run_redrive, succeeded
from ops.stage.services import place


class RedriveJob(Job):
    """Sends letters back."""

    title = "Redrive"
    template = "redrive_work.html"

    def __init__(
        self, number: int, *, now: Callable[[], datetime], board: StageCache, request: RedriveRequest, what: str
    ) -> None:
        """Be ready to send; `what` is what it was called when somebody confirmed it."""
        super().__init__(number, now=now)
        self._board = board
        self.request = request
        self.what = what
        self.tally = RedriveResult()

    @property
    def service(self) -> str:
        """Whose letters."""
        return self.request.service

    @property
    def well(self) -> bool:
        """Whether all that were chosen were sent, and the sample did well."""
        return succeeded(self.tally)

    def run(self) -> None:
        """Send them."""
        whose = place(self.request.service, self.request.stage)
        with self._board.alone(whose.name, meanwhile=self.go_on):
            self.enter("Look through the dead letters", DeadLetterQueue.of(whose).approximate_visible())
            observer = RedriveObserver(
                on_read=self.progress, on_sent=self._sent, on_sample_sent=self._watch, sleep=self.sleep
            )
            run_redrive(self.request, self.tally, observer)

    def _sent(self, count: int) -> None:
        self.phase = "Send them back"
        self.done, self.about = count, self.tally.chosen
        self.go_on()

    def _watch(self) -> None:
        self.enter(
            f"{self.tally.sent:,} are sent; wait for what becomes of them, for up to {self.request.deadline:.0f} s"
        )
