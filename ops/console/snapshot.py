"""Cached state of a stage: the health of each type, and the dead letters of every queue.

Reading a dead letter hides it from others for a moment, and SQS returns ten a call. So pages show the last snapshot,
without delay. A queue is read again when its message count changes, when its snapshot is old, or on request, and only
while a page is open.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from threading import Lock

from ops.causes.table import KnownCauses, known_causes
from ops.dead_letters.causes import CauseGroup, causes
from ops.dead_letters.queue import DeadLetterQueue
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.deployed import DeployedStage
from ops.stage.services import dead_letter_source
from ops.status.health import Status
from ops.status.status import read_status
from ops.terminal.errors import OperatorError

_MAX_AGE = timedelta(minutes=2)
"""Age at which a queue with dead letters is read again: one may have gone and another arrived."""

_MIN_AGE = timedelta(seconds=10)
"""Age before which a changed count is ignored: SQS's counts are approximate."""

_PARALLEL_READS = 8
"""Queues that are read at the same time."""

_LOCK_SECONDS = 0.2
"""Time between two attempts to lock a queue."""

UNEXPECTED_ERROR = "an unexpected error occurred: the terminal that runs the console shows it"
"""Fallback message for unexpected errors."""

_CURRENT = timedelta(minutes=1)
"""Age up to which a status is shown as the present one: a poll follows every few seconds while a page is open."""

_MAX_CACHED_BYTES = 256 * 1024 * 1024
"""Size limit of the bodies cached for one queue; further dead letters are cached without their bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """Dead letters of a service at one time."""

    found: tuple[FoundDeadLetter, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StageSnapshot:
    """State of a stage after the last poll."""

    status: Status | None = None
    """None before the first successful poll."""

    queues: Mapping[str, QueueSnapshot] = field(default_factory=dict)
    """By service."""

    known: KnownCauses = field(default_factory=dict)
    """What is known about causes, and who takes care of them; empty while there are no dead letters."""

    reading: Mapping[str, int] = field(default_factory=dict)
    """Dead letters read so far, by service, of the queues that are being read now."""

    errors: Mapping[str, str] = field(default_factory=dict)
    """Errors of the last poll as sentences, by service; the empty name stands for the whole stage."""

    @property
    def error(self) -> str:
        """The stage's error, or else all errors in one sentence; empty without any."""
        services: dict[str, list[str]] = {}
        for service, error in sorted(self.errors.items()):
            services.setdefault(error, []).append(service)
        return self.errors.get("") or "; ".join(f"{', '.join(names)}: {error}" for error, names in services.items())

    @property
    def unread(self) -> list[str]:
        """Services whose dead letters could not be read."""
        return sorted(self.errors.keys() - {""})

    def is_current(self, now: datetime) -> bool:
        """Whether the last poll read the stage, and is not long ago: else the stage's state is unknown.

        A queue whose dead letters could not be read is counted all the same: a viewer may read none.
        """
        return self.status is not None and "" not in self.errors and now - self.status.at <= _CURRENT

    @cached_property
    def found(self) -> tuple[FoundDeadLetter, ...]:
        """Dead letters of all queues."""
        return tuple(each for queue in self.queues.values() for each in queue.found)

    @cached_property
    def causes(self) -> tuple[CauseGroup, ...]:
        """Causes of the dead letters, the most frequent first."""
        return tuple(sorted(causes(self.found), key=lambda cause: -len(cause.found)))

    @cached_property
    def by_sqs_id(self) -> Mapping[tuple[str, str], FoundDeadLetter]:
        """Dead letters by service and SQS message id."""
        return {(each.service, each.dead_letter.sqs_message_id): each for each in self.found}


class StageCache:
    """Polls a stage and keeps the last snapshot."""

    def __init__(self, stage: DeployedStage, now: Callable[[], datetime]) -> None:
        """Create an empty cache: pages read `snapshot`, and one thread at a time calls `poll`."""
        self._stage = stage
        self._now = now
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._requested: set[str] = set()
        self._is_closed = False
        self.snapshot = StageSnapshot()

    def request_refresh(self, services: Iterable[str] = ()) -> None:
        """Let the next poll read the queues of these services again, or of all services with a snapshot."""
        with self._lock:
            self._requested |= set(services) or set(self.snapshot.queues)

    @contextmanager
    def exclusive(self, service: str, *, while_waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Keep polls away from a service's dead letters inside the block; the next poll reads them again.

        Args:
            service: service whose dead letters are locked.
            while_waiting: called repeatedly until the lock is free; an exception that it raises ends the wait.
        """
        lock = self._lock_of(service)
        while not lock.acquire(timeout=_LOCK_SECONDS):
            while_waiting()
        try:
            yield
        finally:
            lock.release()
            self.request_refresh([service])

    def close(self) -> None:
        """End the reads that are under way: each releases the dead letters that it has received."""
        self._is_closed = True

    def poll(self) -> None:
        """Poll the stage once; AWS's refusals are stored in the snapshot, not raised."""
        stale: list[str] = []
        with self._recording_error():
            status = read_status(self._stage, self._now())
            with self._lock:
                self._update(status=status)
            stale = self._stale(status)
        with ThreadPoolExecutor(_PARALLEL_READS, thread_name_prefix="read") as pool:
            for read in [pool.submit(self._read_queue, service) for service in stale]:
                read.result()
        known = known_causes(self._stage) if self.snapshot.found else {}
        with self._lock:
            self._update(known=known)

    @contextmanager
    def _recording_error(self, service: str = "") -> Iterator[None]:
        """Store the block's error until the block succeeds again; an AWS refusal is not raised further."""
        message = UNEXPECTED_ERROR
        try:
            yield
            message = ""
        except OperatorError as error:
            message = str(error)
        finally:
            with self._lock:
                others = {name: text for name, text in self.snapshot.errors.items() if name != service}
                self._update(errors={**others, service: message} if message else others)

    def _stale(self, status: Status) -> list[str]:
        """Services whose snapshot may be out of date."""
        with self._lock:
            requested, self._requested = self._requested, set()
        counts = {health.service: health.dead_letters for health in status.services} | dict(status.holding)
        return [
            service
            for service, count in counts.items()
            if service in requested | self.snapshot.errors.keys()
            or self._is_stale(self.snapshot.queues.get(service), count, status.at)
        ]

    @staticmethod
    def _is_stale(queue: QueueSnapshot | None, count: int, now: datetime) -> bool:
        if queue is None:
            return count > 0
        age = now - queue.at
        changed = count != len(queue.found) and age >= _MIN_AGE  # some arrived, left, or were in flight when read
        return changed or ((count > 0 or bool(queue.found)) and age >= _MAX_AGE)

    def _read_queue(self, service: str) -> None:
        lock = self._lock_of(service)
        if not lock.acquire(blocking=False):  # a job works on these dead letters; the queue is read after it
            return
        try:
            with self._recording_error(service):
                self._report_progress(service, 0)
                queue = DeadLetterQueue.of(dead_letter_source(service, self._stage))
                dead_letters = queue.read(lambda _: True, progress=partial(self._report_progress, service))
                found = _with_bodies_up_to(_MAX_CACHED_BYTES, (FoundDeadLetter(service, each) for each in dead_letters))
                snapshot = QueueSnapshot(found=tuple(found), at=self._now())
                with self._lock:
                    self._update(queues={**self.snapshot.queues, service: snapshot})
        finally:
            lock.release()
            with self._lock:
                self._update(reading={name: done for name, done in self.snapshot.reading.items() if name != service})

    def _report_progress(self, service: str, done: int) -> None:
        if self._is_closed:
            raise OperatorError("the console has ended")
        with self._lock:
            self._update(reading={**self.snapshot.reading, service: done})

    def _update(self, **fields: object) -> None:
        """Replace fields of the snapshot; call it with the lock held, since new values depend on old ones."""
        self.snapshot = replace(self.snapshot, **fields)  # type: ignore[arg-type]  # names and types of its fields

    def _lock_of(self, service: str) -> Lock:
        with self._lock:
            return self._locks.setdefault(service, Lock())


def _with_bodies_up_to(limit: int, found: Iterable[FoundDeadLetter]) -> Iterator[FoundDeadLetter]:
    """Remove the bodies of all dead letters beyond a total size in bytes."""
    size = 0
    for each in found:
        size += len(each.dead_letter.body)
        yield each if size <= limit else replace(each, dead_letter=replace(each.dead_letter, body=""))
