"""A discard that was asked for in the console: a file first, then a question, then what is in the file is deleted."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ops.console.jobs.job import Job
from ops.console.snapshot import StageCache
from ops.dead_letters.audit_log import open_audit
from ops.dead_letters.causes import Cause, causes
from ops.dead_letters.discard import Discard, DiscardRequest, DiscardResult, default_path
from ops.dead_letters.export import write
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import Found
from ops.stage.services import place


class DiscardJob(Job):
    """Takes letters away for good."""

    title = "Discard"
    template = "discard_work.html"

    def __init__(
        self, number: int, *, now: Callable[[], datetime], board: StageCache, request: DiscardRequest, what: str
    ) -> None:
        """Be ready to look for them; `what` is what it was called when somebody asked for it."""
        super().__init__(number, now=now)
        self._board = board
        self.request = request
        self.what = what
        self.tally = DiscardResult()
        self.exported: Path | None = None
        self.causes: tuple[Cause, ...] = ()
        self.count = 0

    @property
    def service(self) -> str:
        """Whose letters."""
        return self.request.service

    @property
    def well(self) -> bool:
        """Whether all that were exported are deleted."""
        return self.tally.finished and not self.tally.not_deleted

    def run(self) -> None:
        """Export, ask, delete."""
        stage = self.request.stage
        whose = place(self.request.service, stage)
        letters = DeadLetterQueue.of(whose)
        audit = open_audit(stage, whose.name, now=lambda: datetime.now(UTC))
        with self._board.alone(whose.name, meanwhile=self.go_on):
            exported = self._export(letters)
        if not exported:
            self.tally.finished = True
            return
        self.ask()
        with self._board.alone(whose.name, meanwhile=self.go_on):
            self.enter("Look for them again", letters.approximate_visible())
            discard = Discard(letters, audit=audit, on_deleted=self._deleted)
            discard.run(exported, self.request.comment, self.tally, progress=self.progress)

    def _export(self, letters: DeadLetterQueue) -> set[str]:
        """Write them to a file, and leave them where they are; gives their SQS message ids."""
        self.enter("Look through the dead letters", letters.approximate_visible())
        found = [Found(self.service, letter) for letter in letters.read(self.request.filters, progress=self.progress)]
        if found:
            path = default_path(self.request.stage.name, self.service)
            write(path, found)
            self.exported, self.count, self.causes = path, len(found), tuple(causes(found))
        return {each.dead_letter.sqs_message_id for each in found}

    def _deleted(self, count: int) -> None:
        self.phase = "Delete them"
        self.done, self.about = count, self.count
        self.go_on()
