"""Polls a stage in the background, while a page of the console is open."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Event, Lock, Thread
from time import monotonic

from ops.dead_letters.queue import LEASE_SECONDS
from ops.terminal.output import notes

_INTERVAL_SECONDS = 3.0
"""Time between two polls."""

_IDLE_SECONDS = 90.0
"""Time after the last request when no page counts as open: a tab in the background asks once a minute at least."""

_END_SECONDS = 10.0
"""Time limit for the current poll to end; if AWS answers, it needs a moment to release the dead letters it has."""


class Poller:
    """One thread that polls while pages are open."""

    def __init__(
        self, poll: Callable[[], None], *, clock: Callable[[], float] = monotonic, wake: Event | None = None
    ) -> None:
        """Create a poller that is not running yet.

        Args:
            poll: polls the stage once.
            clock: seconds.
            wake: ends the wait for the next poll when it is set.
        """
        self._poll = poll
        self._clock = clock
        self._wake = wake or Event()
        self._stopped = Event()
        self._lock = Lock()
        self._last_request = -inf
        self._idle = True

    def page_requested(self, *, at_once: bool = False) -> None:
        """Keep polling for a while, since a page is open; with `at_once`, start the next poll now."""
        with self._lock:
            self._last_request = self._clock()
            if self._idle or at_once:
                self._wake.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Poll inside the block; on exit, wait a few seconds for the current poll to end."""
        thread = Thread(target=self._run, name="poller", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._wake.set()
            thread.join(_END_SECONDS)
            if thread.is_alive():
                notes.print(
                    f"AWS did not answer: dead letters may stay hidden from others for up to {LEASE_SECONDS} s."
                )

    def _run(self) -> None:
        while not self._stopped.is_set():
            with self._lock:  # a page that is requested now either counts here, or wakes this thread
                self._idle = self._clock() - self._last_request > _IDLE_SECONDS
            if self._wake.wait(None if self._idle else _INTERVAL_SECONDS) or not self._idle:
                self._wake.clear()
                if not self._stopped.is_set():
                    self._poll_once()

    def _poll_once(self) -> None:
        try:
            self._poll()
        except Exception:
            logging.getLogger(__name__).exception("A poll of the stage failed unexpectedly; the next one follows")
