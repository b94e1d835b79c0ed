"""A deadline that a peer cannot extend."""

from collections.abc import Callable
from threading import Timer


class Deadline:
    """Aborts a connection after a number of seconds: a socket's timeout restarts with each byte that is received."""

    def __init__(self, seconds: float, abort: Callable[[], None]) -> None:
        """Call `abort` in another thread unless the block ends within `seconds`."""
        self._abort = abort
        self._timer = Timer(seconds, self._expire)
        self._timer.daemon = True
        self.has_passed = False

    def __enter__(self) -> None:
        """Start."""
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        """Stop: from now on nothing is aborted."""
        self._timer.cancel()

    def check(self) -> None:
        """Raise `TimeoutError` after the deadline: a response cut off by it may look complete."""
        if self.has_passed:
            raise TimeoutError

    def name(self, error: Exception) -> str:
        """The class of a failure; after the deadline `TimeoutError`, whatever the aborted connection raised."""
        return TimeoutError.__name__ if self.has_passed else type(error).__name__

    def _expire(self) -> None:
        self.has_passed = True
        self._abort()
