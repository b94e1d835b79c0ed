"""What the console knows of a stage: how it stands, and which dead letters lie there.

SQS shows a letter by hiding it from all others for a time, and ten a call. So pages are made of what was seen last, in
no time; and a queue is looked through when its count of letters changes, when its letters were seen long ago, or when
somebody asks for it, while somebody has a page open.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from threading import Lock

from ops.dead_letters.causes import Cause, causes
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import Found
from ops.stage.deployed import DeployedStage
from ops.stage.services import place
from ops.status.health import Status
from ops.status.status import read_status
from ops.terminal.errors import OperatorError

_LONGEST_UNSEEN = timedelta(minutes=2)
"""After which a queue with letters is looked through again: one may have gone and another come."""

_SHORTEST_UNSEEN = timedelta(seconds=10)
"""Before which it is not: counts of SQS's waver."""

_AT_ONCE = 8
"""Queues that are looked through at a time."""

_PATIENCE = 0.2
"""Seconds between two tries to be alone with a queue."""

DEFECT = "it ended by a defect: the terminal that runs the console says which"
"""For people, of whatever no sentence was foreseen for."""

_MOST_BYTES = 256 * 1024 * 1024
"""Of bodies of one queue that are kept; letters beyond it are known without their bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """The letters of a service, as they were seen."""

    found: tuple[Found, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StageSnapshot:
    """What was seen last."""

    status: Status | None = None
    """None where nothing has been seen yet."""

    looked: Mapping[str, QueueSnapshot] = field(default_factory=dict)
    """By service."""

    looking: Mapping[str, int] = field(default_factory=dict)
    """The services that are being looked through, and how many letters have been seen."""

    troubles: Mapping[str, str] = field(default_factory=dict)
    """Why the last looks failed, as sentences: by service; by no name where the stage could not be seen."""

    @property
    def trouble(self) -> str:
        """All of it, or that the stage cannot be seen; empty where there is none."""
        services: dict[str, list[str]] = {}
        for service, why in sorted(self.troubles.items()):
            services.setdefault(why, []).append(service)
        return self.troubles.get("") or "; ".join(f"{', '.join(of)}: {why}" for why, of in services.items())

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """All letters."""
        return tuple(each for looked in self.looked.values() for each in looked.found)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """What they died of: the most letters first."""
        return tuple(sorted(causes(self.found), key=lambda cause: -len(cause.found)))

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], Found]:
        """By service and SQS message id."""
        return {(each.service, each.dead_letter.sqs_message_id): each for each in self.found}


class StageCache:
    """Looks, and remembers."""

    def __init__(self, stage: DeployedStage, now: Callable[[], datetime]) -> None:
        """Look at a stage. Pages read `seen`; one thread at a time calls `look`."""
        self._stage = stage
        self._now = now
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._again: set[str] = set()
        self.seen = StageSnapshot()

    def look_again(self, services: Iterable[str] = ()) -> None:
        """Let the next look go through the letters of these services, or of all, whatever is known of them."""
        with self._lock:
            self._again |= set(services) or set(self.seen.looked)

    @contextmanager
    def alone(self, service: str, *, meanwhile: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Have the letters of a service to oneself; what is known of them afterwards is known to be old.

        Args:
            service: whose letters.
            meanwhile: is called again and again while somebody else has them. What it raises ends the waiting.
        """
        lock = self._lock_of(service)
        while not lock.acquire(timeout=_PATIENCE):
            meanwhile()
        try:
            yield
        finally:
            lock.release()
            self.look_again([service])

    def look(self) -> None:
        """Look at the stage once; never raises for what AWS refuses, but remembers it."""
        unknown: list[str] = []
        with self._remembering_trouble():
            status = read_status(self._stage, self._now())
            with self._lock:
                self._remember(status=status)
            unknown = self._unknown(status)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="board") as pool:
            for look_through in [pool.submit(self._look_through, service) for service in unknown]:
                look_through.result()

    @contextmanager
    def _remembering_trouble(self, service: str = "") -> Iterator[None]:
        """What goes wrong inside is known until all goes well there; what AWS refuses goes no further."""
        trouble = DEFECT
        try:
            yield
            trouble = ""
        except OperatorError as error:
            trouble = str(error)
        finally:
            with self._lock:
                others = {name: why for name, why in self.seen.troubles.items() if name != service}
                self._remember(troubles={**others, service: trouble} if trouble else others)

    def _unknown(self, status: Status) -> list[str]:
        """The services whose letters may be other ones than those that are known."""
        with self._lock:
            again, self._again = self._again, set()
        counts = {health.service: health.dead_letters for health in status.services} | dict(status.holding)
        return [
            service
            for service, count in counts.items()
            if service in again | self.seen.troubles.keys()
            or self._is_old(self.seen.looked.get(service), count, status.at)
        ]

    @staticmethod
    def _is_old(looked: QueueSnapshot | None, count: int, now: datetime) -> bool:
        if looked is None:
            return count > 0
        age = now - looked.at
        others = count != len(looked.found) and age >= _SHORTEST_UNSEEN  # they came, went, or were in others' hands
        return others or ((count > 0 or bool(looked.found)) and age >= _LONGEST_UNSEEN)

    def _look_through(self, service: str) -> None:
        lock = self._lock_of(service)
        if not lock.acquire(blocking=False):  # somebody sends its letters back, and it is looked through after that
            return
        try:
            with self._remembering_trouble(service):
                self._tell(service, 0)
                queue = DeadLetterQueue.of(place(service, self._stage))
                letters = queue.read(lambda _: True, progress=partial(self._tell, service))
                found = _within(_MOST_BYTES, (Found(service, letter) for letter in letters))
                looked = QueueSnapshot(found=tuple(found), at=self._now())
                with self._lock:
                    self._remember(looked={**self.seen.looked, service: looked})
        finally:
            lock.release()
            with self._lock:
                self._remember(looking={name: done for name, done in self.seen.looking.items() if name != service})

    def _tell(self, service: str, done: int) -> None:
        with self._lock:
            self._remember(looking={**self.seen.looking, service: done})

    def _remember(self, **known: object) -> None:
        """With the lock held, since what is new follows from what was known."""
        self.seen = replace(self.seen, **known)  # type: ignore[arg-type]  # named as its fields are, above

    def _lock_of(self, service: str) -> Lock:
        with self._lock:
            return self._locks.setdefault(service, Lock())


def _within(most: int, found: Iterable[Found]) -> Iterator[Found]:
    """Letters, the first of them with their bodies, as far as these fit."""
    kept = 0
    for each in found:
        kept += len(each.dead_letter.body)
        yield each if kept <= most else replace(each, dead_letter=replace(each.dead_letter, body=""))
