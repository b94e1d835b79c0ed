"""A redrive that was asked for in the console."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ops.dead_letters import DeadLetterQueue
from ops.redrive import Tally
from ops.redriving import Observer, Request, carry_out, succeeded
from ops.services import place
from ops.web.board import Board
from ops.web.work import Work


@dataclass(frozen=True, kw_only=True)
class RedriveRequest:
    """What is to be sent back, and what it was called when somebody confirmed it."""

    request: Request
    what: str


class RedriveWork(Work):
    """Sends letters back."""

    title = "Redrive"
    template = "redrive_work.html"

    def __init__(self, number: int, *, now: Callable[[], datetime], board: Board, asked: RedriveRequest) -> None:
        """Be ready to send."""
        super().__init__(number, now=now)
        self._board = board
        self.request = asked.request
        self.what = asked.what
        self.tally = Tally()

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
        letters = DeadLetterQueue(self.request.stage.client("sqs"), whose.dead_letter_queue_url)
        with self._board.alone(whose.name, meanwhile=self.go_on):
            self.enter("Look through the dead letters", letters.about())
            observer = Observer(looking=self.progress, sending=self._sent, watching=self._watch, sleep=self.sleep)
            carry_out(self.request, letters, self.tally, observer)

    def _sent(self, count: int) -> None:
        self.phase = "Send them back"
        self.done, self.about = count, self.tally.chosen
        self.go_on()

    def _watch(self) -> None:
        self.enter(
            f"{self.tally.sent:,} are sent; wait for what becomes of them, for up to {self.request.deadline:.0f} s"
        )
