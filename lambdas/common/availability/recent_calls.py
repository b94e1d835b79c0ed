"""Recent calls of one destination by one process: evidence whether its routes work, and for which messages."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from schemas.destinations import Route

LONE_SECONDS = 60.0
"""Seconds without a call for another message after which a route is probed."""

_REMEMBERED_CALLS = 30


class _Call(NamedTuple):
    """One call of a route, as it ended."""

    at: float
    """Seconds since 1970."""

    route: Route
    succeeded: bool
    message_id: str = ""
    """Id of the message whose call failed; empty for a success."""


class RecentCalls:
    """The last calls of one destination, and the last messages that would have called and were not let."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Know of no call yet; `seconds` returns the time, in seconds since 1970."""
        self._seconds = seconds
        self._calls: deque[_Call] = deque(maxlen=_REMEMBERED_CALLS)
        self._not_let: dict[str, float] = {}
        """The last two messages, and when."""

    def succeeded(self, route: Route) -> None:
        """Remember a call that succeeded."""
        self._calls.append(_Call(self._seconds(), route, succeeded=True))

    def failed(self, route: Route, message_id: str) -> None:
        """Remember a call that did not succeed, for whatever reason."""
        self._calls.append(_Call(self._seconds(), route, succeeded=False, message_id=message_id))

    def not_let(self, message_id: str) -> None:
        """Remember a message that would have called."""
        self._not_let.pop(message_id, None)
        self._not_let[message_id] = self._seconds()
        if len(self._not_let) > 2:  # noqa: PLR2004 one of two is another message
            del self._not_let[next(iter(self._not_let))]

    def served_in_the_last_second(self) -> int:
        """Return how many calls succeeded in the last second."""
        second_ago = self._seconds() - 1
        return sum(call.succeeded for call in self._calls if call.at > second_ago)

    def evidence(self, route: Route, message_id: str, since: float) -> bool | None:
        """Whether calls of other messages on a route succeed; None: there were none.

        At most one of five may have failed in the last minute: a side that answers now and then is not well.

        Args:
            route: what was called.
            message_id: the message whose call failed.
            since: the time from which on calls count, in seconds since 1970.
        """
        recent = self._seconds() - LONE_SECONDS
        others = [
            call.succeeded
            for call in self._calls
            if call.route == route
            and call.message_id != message_id
            and call.at >= (since if call.succeeded else max(since, recent))
        ]
        return others.count(True) >= 4 * others.count(False) if others else None

    def is_asked_by_others(self, route: Route, message_id: str, since: float) -> bool:
        """Whether another message called a route in the last minute, or since that time without a success.

        One that was not let counts as well. A message's own calls of other routes succeed each time it runs, and do not
        count.
        """
        recent = self._seconds() - LONE_SECONDS
        calls = [call for call in self._calls if call.route == route]
        succeeded_at = max((call.at for call in calls if call.succeeded), default=0.0)
        since = min(max(since, succeeded_at), recent)
        not_let = (each for each, at in self._not_let.items() if at >= since)
        calling = (call.message_id for call in calls if call.at >= (recent if call.succeeded else since))
        return any(each != message_id for each in (*not_let, *calling))
