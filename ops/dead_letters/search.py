"""Search the dead-letter queues of many services in parallel."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import WAIT_SECONDS, DeadLetterQueue
from ops.stage.deployed import DeployedStage
from ops.stage.services import DEAD_LETTER_SOURCES, dead_letter_source
from ops.terminal.errors import OperatorError
from ops.terminal.progress import Progress, progress, unseen
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR

_PARALLEL_QUEUES = 9
"""An empty queue takes a second to read, by long polling."""


class _AbandonedError(Exception):
    """Ends the other searches after one of them failed."""


@dataclass(frozen=True, slots=True)
class FoundDeadLetter:
    """A dead letter, and the service in whose queue it was found."""

    service: str
    dead_letter: DeadLetter

    @property
    def claimed(self) -> str:
        """What a message that no function accepted says it is: `booking.created from taly.backend`; else empty."""
        dead_letter = self.dead_letter
        if self.service in BY_NAME and not dead_letter.history_text("source"):
            return ""
        type_name = dead_letter.type if dead_letter.type != self.service else ""
        return " ".join(filter(None, (type_name, dead_letter.source and f"from {dead_letter.source}")))


def search(stage: DeployedStage, names: Sequence[str], wanted: Callable[[DeadLetter], bool]) -> list[FoundDeadLetter]:
    """Return all wanted dead letters of some services, or of all, and show a progress bar.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    with ThreadPoolExecutor(_PARALLEL_QUEUES) as pool:
        total = sum(pool.map(DeadLetterQueue.approximate_visible, _queues(stage, names, WAIT_SECONDS).values()))
    with progress("Read dead letters", total) as on_read:
        return search_silently(stage, names, wanted, on_read)


def search_silently(
    stage: DeployedStage,
    names: Sequence[str],
    wanted: Callable[[DeadLetter], bool],
    on_read: Progress = unseen,
    *,
    wait_seconds: int = WAIT_SECONDS,
) -> list[FoundDeadLetter]:
    """Return all wanted dead letters without a progress bar.

    Args:
        stage: the stage.
        names: the services' names; empty for all.
        wanted: which dead letters.
        on_read: called with the number of dead letters read so far.
        wait_seconds: how long SQS waits for a message before it answers that there is none.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    stopped = Event()
    with ThreadPoolExecutor(_PARALLEL_QUEUES) as pool:
        count = _ProgressSum(on_read, stopped)
        searches = {
            name: pool.submit(queue.read, wanted, progress=count.of(name))
            for name, queue in _queues(stage, names, wait_seconds).items()
        }
        try:
            return [
                FoundDeadLetter(name, dead_letter) for name, each in searches.items() for dead_letter in each.result()
            ]
        except BaseException:
            stopped.set()  # the other searches release what they leased, and end
            raise


def _queues(stage: DeployedStage, names: Sequence[str], wait_seconds: int) -> dict[str, DeadLetterQueue]:
    """The queues by name. With no names: all that are deployed, as a new type may not be yet."""
    if names:
        return {name: DeadLetterQueue.of(dead_letter_source(name, stage), wait_seconds=wait_seconds) for name in names}
    queues = {
        QUEUE_PROCESSOR: DeadLetterQueue.of(dead_letter_source(QUEUE_PROCESSOR, stage), wait_seconds=wait_seconds)
    }
    for name in DEAD_LETTER_SOURCES:
        with suppress(OperatorError):
            queues[name] = DeadLetterQueue.of(dead_letter_source(name, stage), wait_seconds=wait_seconds)
    return queues


class _ProgressSum:
    """Adds up the progress of several searches, and ends them once stopped."""

    def __init__(self, on_read: Progress, stopped: Event) -> None:
        self._on_read = on_read
        self._stopped = stopped
        self._lock = Lock()
        self._done: dict[str, int] = {}

    def of(self, name: str) -> Progress:
        def report(done: int) -> None:
            if self._stopped.is_set():
                raise _AbandonedError
            with self._lock:
                self._done[name] = done
                self._on_read(sum(self._done.values()))

        return report
