"""What somebody set going in the console: it runs in a thread of its own, has a page of its own, and can be stopped."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from threading import Condition, Event, Lock, Thread

from ops.console.snapshot import DEFECT
from ops.terminal.errors import OperatorError

_END_SECONDS = 60.0
"""That a work has to put back what it has in hand, when the console ends."""

_MOST = 100
"""Works that are remembered: the latest."""


class JobState(StrEnum):
    """How a work stands."""

    RUNNING = "running"
    ASKING = "asking"
    """It waits for a yes."""

    DONE = "done"
    FAILED = "failed"
    """It ended before its end; `trouble` says why."""

    STOPPED = "stopped"
    """Somebody stopped it."""


class JobStoppedError(Exception):
    """Somebody stopped the work."""


class Job(ABC):
    """One redrive or discard, as its page tells of it. Its own thread writes; pages read."""

    title = ""
    """What it does, as a sentence's beginning."""

    template = ""
    """Of its page."""

    def __init__(self, number: int, *, now: Callable[[], datetime]) -> None:
        """Be ready to run."""
        self.number = number
        self.began = now()
        self.ended: datetime | None = None
        self.state = JobState.RUNNING
        self.phase = "Wait until the letters are looked through"
        self.done, self.about = 0, 0
        self.trouble = ""
        self._now = now
        self._stopping = Event()
        self._answer = Condition()
        self._agreed = False

    @property
    @abstractmethod
    def well(self) -> bool:
        """Whether all was done that was to be, and came to good."""

    @property
    def ending(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    @abstractmethod
    def run(self) -> None:
        """Do it.

        Raises:
            OperatorError: it cannot go on.
            StoppedError: it was stopped.
        """

    def stop(self) -> None:
        """Let it end between two calls to AWS; whatever it has in hand is put back."""
        self._stopping.set()
        with self._answer:
            self._answer.notify_all()

    def agree(self) -> None:
        """Say yes, where it asks."""
        with self._answer:
            self._agreed = self._agreed or self.state is JobState.ASKING
            self._answer.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait; ends at once where it is stopped.

        Raises:
            StoppedError: it was stopped.
        """
        self._stopping.wait(seconds)
        self.go_on()

    def go_on(self) -> None:
        """Nothing, unless it was stopped.

        Raises:
            StoppedError: it was stopped.
        """
        if self._stopping.is_set():
            raise JobStoppedError

    def enter(self, phase: str, about: int = 0) -> None:
        """Begin something of which there is so much, about.

        Raises:
            StoppedError: it was stopped.
        """
        self.phase, self.done, self.about = phase, 0, about
        self.go_on()

    def progress(self, done: int) -> None:
        """So much of it is done.

        Raises:
            StoppedError: it was stopped.
        """
        self.done, self.about = done, max(self.about, done)
        self.go_on()

    def ask(self) -> None:
        """Wait for a yes, with nothing in hand.

        Raises:
            StoppedError: it was stopped, which is a no.
        """
        with self._answer:
            self.state = JobState.ASKING
            self._answer.wait_for(lambda: self._agreed or self._stopping.is_set())
            self.state = JobState.RUNNING
        self.go_on()

    def carry_out(self) -> None:
        """Run, and keep how it ended."""
        try:
            self.run()
            self.state = JobState.DONE
        except JobStoppedError:
            self.state = JobState.STOPPED
        except OperatorError as error:
            self.state, self.trouble = JobState.FAILED, str(error)
        except BaseException:
            self.state, self.trouble = JobState.FAILED, DEFECT
            raise
        finally:
            self.ended = self._now()


class JobRegistry:
    """All of them."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = Lock()
        self._count = 0
        self._works: dict[int, tuple[Job, Thread]] = {}
        self._ending = False

    def start(self, make: Callable[[int], Job]) -> Job:
        """Set one going, by what makes it of its number.

        Raises:
            OperatorError: the console is ending.
        """
        with self._lock:
            if self._ending:
                raise OperatorError("the console is ending: nothing more is begun")
            self._count += 1
            work = make(self._count)
            thread = Thread(target=work.carry_out, name=f"work {work.number}", daemon=True)
            self._works[work.number] = work, thread
            over = [number for number, (each, _) in self._works.items() if each.ended][
                : max(0, len(self._works) - _MOST)
            ]
            for number in over:
                del self._works[number]
            thread.start()
        return work

    def find(self, number: int) -> Job | None:
        """The one with a number."""
        found = self._works.get(number)
        return found[0] if found else None

    def latest(self) -> list[Job]:
        """The last one first."""
        with self._lock:
            return [work for work, _ in reversed(self._works.values())]

    def end(self) -> None:
        """Stop all that run, and wait until they have put back what they had."""
        with self._lock:
            self._ending = True
            works = list(self._works.values())
        for work, _ in works:
            work.stop()
        for _, thread in works:
            thread.join(_END_SECONDS)
