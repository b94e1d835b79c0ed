"""Looks at a stage again and again, while somebody has a page of the console open."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Event, Lock, Thread
from time import monotonic

_EVERY = 3.0
"""Seconds between two looks."""

_NOBODY = 90.0
"""Seconds after the last page, when nobody has one open: a tab in the background asks once a minute at least."""

_END_SECONDS = 30.0


class Poller:
    """One thread that looks."""

    def __init__(
        self, look: Callable[[], None], *, clock: Callable[[], float] = monotonic, asked: Event | None = None
    ) -> None:
        """Call `look` while there is somebody.

        Args:
            look: what is called.
            clock: seconds.
            asked: is set to wake it, and waited for between two looks.
        """
        self._look = look
        self._clock = clock
        self._asked = asked or Event()
        self._stopped = Event()
        self._lock = Lock()
        self._last = -inf
        self._nobody = True

    def asked(self, *, at_once: bool = False) -> None:
        """Somebody has a page open; with `at_once`, they wait for something new."""
        with self._lock:
            self._last = self._clock()
            if self._nobody or at_once:
                self._asked.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look meanwhile; ends with the look that is going on."""
        thread = Thread(target=self._run, name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._asked.set()
            thread.join(_END_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            with self._lock:  # so that whoever comes now either is seen here, or wakes it
                self._nobody = self._clock() - self._last > _NOBODY
            if self._asked.wait(None if self._nobody else _EVERY) or not self._nobody:
                self._asked.clear()
                if not self._stopped.is_set():
                    self._look_once()

    def _look_once(self) -> None:
        try:
            self._look()
        except Exception:
            logging.getLogger(__name__).exception("A look at the stage ended by a defect; the next one follows")
