"""A clock that runs the stage's scheduled tasks once per simulated minute; a minute can take seconds or less."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Event, RLock, Thread

INTERVAL = 10.0
"""Seconds between two minutes while the clock is running."""


class ClockTask(StrEnum):
    """The tasks of a minute, in the order in which they run."""

    HEARTBEAT = "send a heartbeat"
    ALARMS = "evaluate the alarms"
    NOTIFIER = "run the Slack notifier"


class SimulatedClock:
    """Runs the tasks of each minute: one minute per `tick`, or in a thread after `start`.

    Safe for threads; two minutes never overlap.
    """

    def __init__(self, tasks: Mapping[ClockTask, Callable[[], object]]) -> None:
        """Create a stopped clock.

        Args:
            tasks: what to run in each minute; a task that is missing is skipped.
        """
        self._tasks = tasks
        self._skipped: frozenset[ClockTask] = frozenset()
        self._ticking = RLock()
        self._minutes_passed = 0
        self._thread: Thread | None = None
        self._stopping = Event()
        self._interval = INTERVAL
        self._failure: Exception | None = None

    @property
    def minutes_passed(self) -> int:
        """The number of minutes that are over."""
        return self._minutes_passed

    def is_running(self) -> bool:
        """Whether minutes pass in the background."""
        return self._thread is not None and self._thread.is_alive()

    def tick(self) -> None:
        """Run one minute's tasks and return when they are done. Raises whatever a task raises."""
        with self._ticking:
            for task in ClockTask:
                if task in self._tasks and task not in self._skipped:
                    self._tasks[task]()
            self._minutes_passed += 1

    @contextmanager
    def without(self, *tasks: ClockTask) -> Iterator[None]:
        """Skip these tasks during the block."""
        with self._ticking:
            before, self._skipped = self._skipped, self._skipped | set(tasks)
        try:
            yield
        finally:
            with self._ticking:
                self._skipped = before

    def start(self, interval: float = INTERVAL) -> None:
        """Let minutes pass in the background, the first at once. Does nothing if the clock is running already.

        Args:
            interval: seconds from the end of one minute to the beginning of the next.
        """
        if self._thread is not None:
            return
        self._interval = interval
        self._stopping.clear()
        self._thread = Thread(target=self._run, name="simulated-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the background thread after the current minute.

        Raises the first exception of a minute that passed in the background. As in a real stage, such an exception
        does not keep the next minute from passing.
        """
        if self._thread is None:
            return
        self._stopping.set()
        self._thread.join()
        self._thread = None
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock during the block. Raises the first exception of the minutes before the block."""
        was_running = self._thread is not None
        self.stop()
        try:
            yield
        finally:
            if was_running:
                self.start(self._interval)

    @contextmanager
    def stopped_on_exit(self) -> Iterator[None]:
        """Stop the clock at the end of the block.

        Raises the first exception of a background minute, unless the block fails: then the block's exception is raised.
        """
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self.stop()
            raise
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick()
            except Exception as failure:  # noqa: BLE001 `stop` raises it
                self._failure = self._failure or failure
            self._stopping.wait(self._interval)
