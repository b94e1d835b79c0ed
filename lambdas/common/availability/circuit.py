"""The circuit of one destination in one process: whether it may be called, how fast, and how it answered lately.

Closed, calls pass. A refusal opens the circuit: nobody calls until the hold is over, and the first call after it
decides whether the circuit closes or stays open for longer. After a refusal, calls keep to a pace for a while. So a
side that recovers is not run over by its backlog, and one that takes a few calls a second refuses few.
"""

from collections.abc import Callable
from datetime import datetime
from math import ceil, floor, inf
from time import sleep

from lambdas.common.availability.recent_calls import RecentCalls
from lambdas.common.errors import UnavailableError
from schemas.destinations import Destination, Route

FIRST_HOLD = 2.0
LONGEST_HOLD = 60.0
"""Seconds that a circuit stays open: longer each time from the first to the longest, while no call succeeds."""

_LONGER = 1.25
"""Factor by which each hold is longer than the one before: the last one is then a quarter of the outage at most."""

_MUCH_LONGER = 2.0
"""Factor where the last call may have been done: each further call may be done twice."""

ASSUMED_RATE = 5.0
"""Calls a second that a destination is assumed to take after a refusal, where no rate is declared."""

PACED_SECONDS = 60.0
"""After so many seconds without a refusal the pace doubles, until it is no less than what is declared."""

_SLOWEST_PACE = 0.1
"""Calls a second."""

_LONGEST_SLEEP = 1.0
"""Seconds that a call waits for its turn in the process. One that would wait longer is deferred."""

SPREAD_SECONDS = 60
"""Copies that wait for an outage to end are spread over a minute at most, so that recovery is quick."""

_NOTED_EVERY = 30.0
"""Seconds between two notes of a route's success in the table."""

_NOTED_CALLS = 10
"""The least number of successes between them: a write costs an eighth of a job, and a process may have few calls."""

PACED = (Destination.CRM, Destination.SES, Destination.SNS)
"""Destinations whose rates the stage declares; a function calls one of them.

The others are AWS's own, and take far more than a stage sends: their throttles pass at once.
"""


class NotAskedError(UnavailableError):
    """It was not asked: its circuit is open, or the call's turn has not come."""


class _Notes:
    """When the success of a route was noted in the table, and how many came since."""

    __slots__ = ("at", "calls", "is_failing")

    def __init__(self) -> None:
        self.at = 0.0
        self.calls = 0
        self.is_failing = False


class Circuit:
    """The circuit of one destination."""

    def __init__(  # noqa: PLR0913 all that it depends on
        self,
        destination: Destination,
        *,
        rate: float = 0.0,
        pace: float = 0.0,
        now: Callable[[], datetime],
        sleep: Callable[[float], object] = sleep,
        note_success: Callable[[Route], bool] = lambda _: True,
        tripped: "list[Circuit] | None" = None,
    ) -> None:
        """Start closed, and without a pace.

        Args:
            destination: what is called.
            rate: calls a second that the destination takes; 0 where none is declared.
            pace: the share of this process; 0 where none is declared.
            now: the clock.
            sleep: waits for some seconds.
            note_success: notes in the table that a route works; returns whether the table took the note.
            tripped: the process's circuits whose next success counts.
        """
        self.destination = destination
        self.probe: Callable[[], bool] | None = None
        """Asks the destination whether it is well; None where it cannot be asked."""

        self._rate = rate or ASSUMED_RATE
        self._share = pace or self._rate
        self._now = now
        self._sleep = sleep
        self._note_success = note_success
        self._tripped = [] if tripped is None else tripped
        self._hold = 0.0
        """Seconds of the last hold; 0 once a call succeeded."""

        self._refused = Route(destination, "")
        """What was refused last: the success of another route does not show that it works."""

        self._throttled = False
        """Whether the last refusal was one of too many calls."""

        self._is_risky = False
        """Whether the last call may have been done without an answer: another one is made after a probe alone."""

        self._opens_at = 0.0
        """When the circuit lets a call pass again, in seconds since 1970."""

        self._pace = 0.0
        """Calls a second; 0: as many as there are."""

        self._calm_at = 0.0
        self._turn_at = 0.0
        self._second = 0
        self._in_second = 0
        """The last second for which a copy was put back, and how many were."""

        self.recent = RecentCalls(self._seconds)
        self._notes: dict[Route, _Notes] = {}
        self._wanted_at = 0.0
        """When the next success of each route was last wanted in the table, in seconds since 1970."""

    def seconds_to_calm(self) -> float:
        """Seconds until the last refusal is over a minute ago."""
        return max(0.0, self._calm_at - self._seconds())

    def was_calm(self, at: float) -> bool:
        """Whether the last refusal was over a minute before a time, in seconds since 1970."""
        return at >= self._calm_at

    def seconds_closed(self) -> float:
        """Seconds until a call may pass; 0 where it may now."""
        return max(0.0, self._opens_at - self._seconds())

    def blocks(self, message_id: str) -> NotAskedError | None:
        """Return why a message may not run now, and remember that it would have called; None: it may."""
        if not self.seconds_closed():
            return None
        self.recent.not_let(message_id)
        text = f"it was not asked: {self.destination.in_words} is unavailable"
        return NotAskedError(text, self._refused)

    def admit(self, route: Route, *, seconds: float = inf) -> None:
        """Let a call pass at its turn.

        Args:
            route: what is called.
            seconds: the time left for the message. The wait takes half of it at most, and leaves the rest to the call.

        Raises:
            NotAskedError: its turn comes later than that, or in more than a second, or the destination does not answer
                a probe either.
        """
        if not self._pace:
            return
        if self._is_risky and self.probe and not self.probe():
            self._wait_longer(0.0)
            raise NotAskedError(f"it was not asked: {self.destination.in_words} does not answer", route)
        wait = self._turn_at - self._seconds()
        if wait > min(_LONGEST_SLEEP, seconds / 2):
            text = f"it was not asked: {self.destination.in_words} takes few calls a second"
            raise NotAskedError(text, route)
        if wait > 0:
            self._sleep(wait)
        self._turn_at = max(self._seconds(), self._turn_at) + 1 / self._pace

    def succeeded(self, route: Route) -> None:
        """Take note of a call that succeeded; the circuit closes."""
        at = self._seconds()
        self.recent.succeeded(route)
        if route == self._refused:
            self._hold, self._is_risky = 0.0, False
        if self in self._tripped and not self._hold:
            self._tripped.remove(self)
        if self._pace and at >= self._calm_at:
            self._calm_at = at + PACED_SECONDS
            self._pace *= 2
            if self._pace > self._share:
                self._pace = 0.0
        notes = self._notes.setdefault(route, _Notes())
        notes.calls += 1
        is_due = at - notes.at >= _NOTED_EVERY and (notes.calls >= _NOTED_CALLS or notes.at < self._wanted_at)
        if notes.is_failing or is_due:
            self._notes[route] = noted = _Notes()
            noted.at = at
            if not self._note_success(route):
                noted.calls = _NOTED_CALLS  # it is due again
                self._await_success()

    def note_next_success(self) -> None:
        """Note the next success of each route in the table: what the table says about the destination may be over."""
        self._wanted_at = self._seconds()
        self._await_success()

    def open(self, route: Route, *, after: float = 0.0, throttled: bool = False, is_risky: bool = False) -> None:
        """Open the circuit: for as long as was asked, and for its hold at least.

        Several messages of one call may be refused together. So a refusal while it is open makes nothing worse, but for
        what was asked.

        Args:
            route: what was refused: its success closes the circuit.
            after: seconds that the other side asked for.
            throttled: whether it answered that this is too fast: then calls go on as fast as they were served before.
            is_risky: whether the call may have been done: then a probe has to be answered before the next one.
        """
        at = self._seconds()
        if at < self._opens_at:
            self._opens_at = self._turn_at = max(self._opens_at, at + after)
            self._calm_at = self._opens_at + PACED_SECONDS
            return
        throttled = throttled and self.destination in PACED
        self._throttled, self._is_risky = throttled, is_risky
        self._refused = route
        self._pace = self._pace_after_refusal() if throttled else self._pace or self._share
        self._await_success()
        self._wait_longer(after)

    def _pace_after_refusal(self) -> float:
        """Return as many calls a second as were served in the last one; where none was, half the pace."""
        served, pace = self.recent.served_in_the_last_second(), self._pace or self._share
        return max(_SLOWEST_PACE, min(pace, served or min(1.0, pace / 2)))

    def is_to_be_noted(self, route: Route) -> bool:
        """Whether a failure is to be noted in the table: every 30 seconds at most, until a success is."""
        at = self._seconds()
        notes = self._notes.setdefault(route, _Notes())
        if notes.is_failing and at - notes.at < _NOTED_EVERY:
            return False
        notes.is_failing, notes.at = True, at
        return True

    def _wait_longer(self, after: float) -> None:
        """Let no call pass for longer than the last time, and for `after` seconds at least."""
        longer = _MUCH_LONGER if self._is_risky else _LONGER
        self._hold = min(LONGEST_HOLD, longer * self._hold) or FIRST_HOLD
        self._opens_at = self._turn_at = self._seconds() + max(after, self._hold)
        self._calm_at = self._opens_at + PACED_SECONDS

    def delay(self, wait: float) -> int:
        """Return after how many seconds a copy may come: no second gets more copies than calls it may make.

        Copies that wait for the end of an outage are put within a minute, however many there are.

        Args:
            wait: seconds to wait at least.
        """
        within = 0 if self._throttled else SPREAD_SECONDS
        at = self._seconds()
        per_second, step = max(1, floor(self._rate_of_copies)), max(1, ceil(1 / self._rate_of_copies))
        wanted = floor(at) + ceil(max(wait, self.seconds_closed()))
        free = self._second + (step if self._in_second >= per_second else 0)
        second = wanted if within and free - wanted >= within else max(wanted, free)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        return second - floor(at)

    @property
    def _rate_of_copies(self) -> float:
        """Copies may be received by any process: so they come as fast as all processes together may call."""
        return self._rate * min(1.0, (self._pace or self._share) / self._share)

    def _await_success(self) -> None:
        if self not in self._tripped:
            self._tripped.append(self)

    def _seconds(self) -> float:
        return self._now().timestamp()
