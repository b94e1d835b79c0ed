"""The clock, for handlers that need the current time."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from lambdas.common.runtime import Runtime


class Clock:
    """Capability that gives the current time."""

    need: ClassVar[None] = None

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Use `now` as the clock."""
        self.now = now

    @classmethod
    def connect(cls, runtime: Runtime) -> "Clock":
        """Use the runtime's clock."""
        return cls(runtime.now)
