"""Dead letters of many services, looked through at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import WAIT_SECONDS, DeadLetterQueue
from ops.stage.deployed import DeployedStage
from ops.stage.services import PLACES, place
from ops.terminal.errors import OperatorError
from ops.terminal.progress import Progress, progress, unseen
from schemas.names import QUEUE_PROCESSOR

_AT_A_TIME = 9
"""Queues. An empty one takes a second, by long polling."""


class _AbandonedError(Exception):
    """Who waited for it does not any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter, and whose it is."""

    service: str
    letter: DeadLetter


def search(stage: DeployedStage, names: Sequence[str], wanted: Callable[[DeadLetter], bool]) -> list[Found]:
    """All letters that are wanted, of these services or of all; they are visible to others again. Shows a bar.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        total = sum(pool.map(DeadLetterQueue.about, _queues(stage, names, WAIT_SECONDS).values()))
    with progress("Look through dead letters", total) as told:
        return look_through(stage, names, wanted, told)


def look_through(
    stage: DeployedStage,
    names: Sequence[str],
    wanted: Callable[[DeadLetter], bool],
    told: Progress = unseen,
    *,
    wait_seconds: int = WAIT_SECONDS,
) -> list[Found]:
    """All letters that are wanted, without a bar: for whoever shows in another way how far it has come.

    Args:
        stage: the stage.
        names: of the services; none for all.
        wanted: which letters.
        told: takes how many letters have been seen.
        wait_seconds: how long SQS waits for a letter before it says that there is none.

    Raises:
        OperatorError: there is no such service, or AWS refuses.
    """
    stopped = Event()
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        count = _Sum(told, stopped)
        looks = {
            name: pool.submit(queue.look, wanted, progress=count.of(name))
            for name, queue in _queues(stage, names, wait_seconds).items()
        }
        try:
            return [Found(name, letter) for name, look in looks.items() for letter in look.result()]
        except BaseException:
            stopped.set()  # those that still look put back what they have, and end
            raise


def _queues(stage: DeployedStage, names: Sequence[str], wait_seconds: int) -> dict[str, DeadLetterQueue]:
    """Where all are meant, those that this version has and the deployed one has not are left out."""
    if names:
        return {name: DeadLetterQueue.of(place(name, stage), wait_seconds=wait_seconds) for name in names}
    queues = {QUEUE_PROCESSOR: DeadLetterQueue.of(place(QUEUE_PROCESSOR, stage), wait_seconds=wait_seconds)}
    for name in PLACES:
        with suppress(OperatorError):
            queues[name] = DeadLetterQueue.of(place(name, stage), wait_seconds=wait_seconds)
    return queues


class _Sum:
    """Adds up what several tell of their progress, and ends them when nobody waits any more."""

    def __init__(self, told: Progress, stopped: Event) -> None:
        self._told = told
        self._stopped = stopped
        self._lock = Lock()
        self._done: dict[str, int] = {}

    def of(self, name: str) -> Progress:
        def tell(done: int) -> None:
            if self._stopped.is_set():
                raise _AbandonedError
            with self._lock:
                self._done[name] = done
                self._told(sum(self._done.values()))

        return tell
