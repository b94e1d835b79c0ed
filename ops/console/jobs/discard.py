"""Discard job: export the dead letters to a file, ask for confirmation, then delete exactly what is in the file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ops.console.jobs.job import Job
from ops.console.snapshot import StageCache
from ops.dead_letters.causes import CauseGroup, causes
from ops.dead_letters.discard import Discard, DiscardRequest, DiscardResult, default_path
from ops.dead_letters.export import write
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.audit_log import open_audit
from ops.stage.services import dead_letter_source


class DiscardJob(Job):
    """Deletes dead letters for good."""

    title = "Discard"
    template = "jobs/discard.html"

    def __init__(
        self, number: int, *, now: Callable[[], datetime], cache: StageCache, request: DiscardRequest, description: str
    ) -> None:
        """Create a job that is not running yet; `description` is the text of the selection."""
        super().__init__(number, now=now)
        self._cache = cache
        self.request = request
        self.description = description
        self.result = DiscardResult()
        self.exported: Path | None = None
        self.causes: tuple[CauseGroup, ...] = ()
        self.count = 0

    @property
    def succeeded(self) -> bool:
        """Whether every exported dead letter was deleted."""
        return self.result.finished and not self.result.not_deleted

    def run(self) -> None:
        """Export, wait for confirmation, delete."""
        stage, service = self.request.stage, dead_letter_source(self.request.service, self.request.stage)
        queue = DeadLetterQueue.of(service)
        audit = open_audit(stage, service.name, now=lambda: datetime.now(UTC))
        with self._cache.exclusive(service.name, while_waiting=self.check_stopped):
            exported = self._export(queue)
        if not exported:
            self.result.finished = True
            return
        self.wait_for_confirmation()
        with self._cache.exclusive(service.name, while_waiting=self.check_stopped):
            self.begin("Read the dead letters again", queue.approximate_visible())
            discard = Discard(queue, audit=audit, on_deleted=self._deleted)
            discard.run(exported, self.request.comment, self.result, progress=self.progress)

    def _export(self, queue: DeadLetterQueue) -> set[str]:
        """Write the dead letters to a file and leave them in the queue; return their SQS message ids."""
        service = self.request.service
        self.begin("Read the dead letters", queue.approximate_visible())
        found = [FoundDeadLetter(service, each) for each in queue.read(self.request.filters, progress=self.progress)]
        if found:
            path = default_path(self.request.stage.name, service)
            write(path, found)
            self.exported, self.count, self.causes = path, len(found), tuple(causes(found))
        return {each.dead_letter.sqs_message_id for each in found}

    def _deleted(self, count: int) -> None:
        self.phase = "Delete the dead letters"
        self.done, self.total = count, self.count
        self.check_stopped()
