"""Virtual time: events in their order, and tasks that wait among them.

Handlers are synchronous Python. Each invocation is a greenlet, which gives way whenever it waits: so calls of many
processes interleave exactly as their times say, in one thread, and a run is the same each time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from math import inf

from greenlet import getcurrent, greenlet

from tests.fakes.function import NOW


class OutOfTimeError(BaseException):
    """The task's deadline passed: nothing in the process catches it, as when Lambda ends one."""


class Task(greenlet):  # type: ignore[misc]  # greenlet has no types
    """A function that waits in virtual time."""

    deadline: float = inf
    """When it is ended, in seconds of the timeline."""


class Timeline:
    """One clock with the events to come."""

    def __init__(self, began: datetime = NOW) -> None:
        """Begin at a date and time."""
        self.began = began
        self.seconds = 0.0
        """Seconds since the beginning."""

        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._hub = getcurrent()

    def now(self) -> datetime:
        """The time in UTC."""
        return self.began + timedelta(seconds=self.seconds)

    def at(self, seconds: float, call: Callable[[], object]) -> None:
        """Call a function at a time; events of one time happen in the order in which they were given."""
        self._count += 1
        heappush(self._events, (max(seconds, self.seconds), self._count, call))

    def start(self, work: Callable[[], object]) -> None:
        """Begin a task now."""
        self.at(self.seconds, Task(work, self._hub).switch)

    def wait(self, seconds: float) -> None:
        """Let time pass for the current task.

        Raises:
            OutOfTimeError: the task's deadline came first.
        """
        task = current_task()
        until = self.seconds + seconds
        if until > task.deadline:
            self._wait_until(task, task.deadline)
            raise OutOfTimeError
        self._wait_until(task, until)

    def run(self, *, until: float = inf, done: Callable[[], bool] = lambda: False) -> None:
        """Let time pass to an end: no event is left, all is done, or the time is over."""
        self._hub = getcurrent()
        while self._events and self._events[0][0] <= until and not done():
            self.seconds, _, call = heappop(self._events)
            call()

    def _wait_until(self, task: Task, until: float) -> None:
        if not self._events or self._events[0][0] > until:  # nothing happens meanwhile
            self.seconds = until
            return
        self.at(until, task.switch)
        self._hub.switch()


def current_task() -> Task:
    """The task that runs now; only a task may wait."""
    task = getcurrent()
    assert isinstance(task, Task), "outside of a task"
    return task
