"""What EventBridge Scheduler and CloudWatch do each minute in a real stage, in minutes as long as one likes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Event, RLock, Thread

LENGTH = 10.0
"""Seconds that a minute takes where it passes by itself."""


class Part(StrEnum):
    """What happens in a minute, in this order."""

    BEAT = "a heartbeat is sent"
    ALARMS = "alarms are evaluated"
    SLACK = "Slack is told"


class SimulatedClock:
    """Lets minutes pass: by hand, or by themselves in a thread. Safe for threads; no two pass at once."""

    def __init__(self, parts: Mapping[Part, Callable[[], object]]) -> None:
        """Let these happen in each minute.

        Args:
            parts: what each part does; one that is missing does nothing.
        """
        self._parts = parts
        self._left_out: frozenset[Part] = frozenset()
        self._passing = RLock()
        self._passed = 0
        self._thread: Thread | None = None
        self._stopping = Event()
        self._length = LENGTH
        self._failure: Exception | None = None

    @property
    def passed(self) -> int:
        """How many are over."""
        return self._passed

    def pass_by_themselves(self) -> bool:
        """Whether they do now."""
        return self._thread is not None and self._thread.is_alive()

    def tick(self) -> None:
        """Let one pass, now; it is over when this returns. Raises whatever goes wrong in it."""
        with self._passing:
            for part in Part:
                if part in self._parts and part not in self._left_out:
                    self._parts[part]()
            self._passed += 1

    @contextmanager
    def without(self, *parts: Part) -> Iterator[None]:
        """Leave these parts out during the block."""
        with self._passing:
            before, self._left_out = self._left_out, self._left_out | set(parts)
        try:
            yield
        finally:
            with self._passing:
                self._left_out = before

    def start(self, length: float = LENGTH) -> None:
        """Let them pass by themselves from now on, the first at once; nothing where they do already.

        Args:
            length: seconds from the end of one to the beginning of the next.
        """
        if self._thread is not None:
            return
        self._length = length
        self._stopping.clear()
        self._thread = Thread(target=self._run, name="minutes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let no more of them pass by themselves; the one that is passing comes to its end.

        Raises what went wrong first. As in a real stage, the next minute came all the same.
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
        """Let none pass by themselves during the block. Raises what went wrong before it."""
        were_passing = self._thread is not None
        self.stop()
        try:
            yield
        finally:
            if were_passing:
                self.start(self._length)

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Stop at the end of the block, if they pass by themselves then.

        Raises what went wrong in a minute, unless the block itself fails: that is what is to be told.
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
            except Exception as failure:  # noqa: BLE001 whoever stops it is told
                self._failure = self._failure or failure
            self._stopping.wait(self._length)
