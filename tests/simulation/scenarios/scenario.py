"""A scenario: who sends what, and which other system is in trouble in which way."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.stage.behaviours import Behaviour
from tests.simulation.traffic import Arrivals

SECOND = 1.0
MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

LONGEST = 10 * DAY
"""Seconds after which a run ends in any case."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One course of events."""

    name: str
    title: str
    """The course of events, for the documentation."""

    type_name: str
    side: str
    """The other system in trouble."""

    behaviour: Callable[[], Behaviour]
    """A new behaviour: some have a memory."""

    arrivals: Callable[[], Arrivals]
    recovers: float = 0.0
    """When the other side is well again, in seconds; 0 where it is as it is all the time."""

    rate: float | None = None
    """Messages a second that the other side takes; None: any number."""

    is_long: bool = False
    """Whether it is run by `make test-long` alone."""

    until: float = LONGEST
    """When the run ends whatever is left, in seconds."""


def span(seconds: float) -> str:
    """A duration in words."""
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds > unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def each(between: float) -> str:
    """An interval in words."""
    return f"{1 / between:g} a second" if between <= 1 else f"each {span(between)}"
