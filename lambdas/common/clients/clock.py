"""The clock, for handlers whose decision depends on it."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from lambdas.common.runtime import Runtime


class Clock:
    """Gives the time; a test gives its own."""

    need: ClassVar[None] = None

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Tell what `now` tells."""
        self.now = now

    @classmethod
    def connect(cls, runtime: Runtime) -> "Clock":
        """The runtime's clock."""
        return cls(runtime.now)
