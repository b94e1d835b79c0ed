"""How another system behaves: a reply for each call, by its time and route."""

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import NamedTuple


class ReplyKind(StrEnum):
    """What comes of a call."""

    SERVED = "served"
    TOO_FAST = "too fast"
    """429, or the service's code for a throttle."""

    BUSY = "503"
    FAULT = "500"
    NO_CONNECTION = "no connection"
    NO_ACCESS = "401"
    REFUSED = "400"
    NOT_FOUND = "404"
    GONE = "410"
    UNANSWERED = "no answer"
    """The caller gives up; nothing was done."""

    LOST = "no answer, and done"
    """The caller gives up; the work was done all the same."""


class Reply(NamedTuple):
    """The reply to one call."""

    kind: ReplyKind
    seconds: float
    """Until the reply comes; the caller may give up earlier."""

    retry_after: float | None = None
    """Seconds that the other side asks the caller to wait."""


class Call(NamedTuple):
    """A call as the other side sees it."""

    at: float
    """Seconds of the timeline."""

    route: str
    key: str
    """What the work is for: each key is to be done once."""


Behaviour = Callable[[Call], Reply]


def well(seconds: float) -> Behaviour:
    """Serve each call within some seconds. A slow side is one that takes long."""
    return lambda _call: Reply(ReplyKind.SERVED, seconds)


def away(kind: ReplyKind, seconds: float = 0.02, *, retry_after: float | None = None) -> Behaviour:
    """Serve no call."""
    return lambda _call: Reply(kind, seconds, retry_after)


def limited(per_second: float, seconds: float, *, retry_after: float | None = None) -> Behaviour:
    """Serve a rate, and no more than a second's calls at once (a token bucket); refuse what is beyond."""
    bucket = _Bucket(lambda _at: per_second)
    served = Reply(ReplyKind.SERVED, seconds)
    refused = Reply(ReplyKind.TOO_FAST, 0.02, retry_after)
    return lambda call: served if bucket.takes(call.at) else refused


def recovering(begins: float, takes: float, per_second: float, seconds: float) -> Behaviour:
    """Serve a rate that grows from a twentieth to the whole; answer 503 to what is beyond.

    Args:
        begins: when it begins to recover, in seconds of the timeline.
        takes: seconds until it is well.
        per_second: calls that it serves then.
        seconds: of each call.
    """
    bucket = _Bucket(lambda at: per_second * min(1.0, max(0.05, (at - begins) / takes)))
    served, refused = Reply(ReplyKind.SERVED, seconds), Reply(ReplyKind.BUSY, 0.02)
    return lambda call: served if bucket.takes(call.at) else refused


def flapping(first: Behaviour, then: Behaviour, seconds: float) -> Behaviour:
    """Behave in one way for some seconds, then in the other, and so on."""
    return lambda call: (then if call.at // seconds % 2 else first)(call)


def poisoned(keys: Collection[str], behaviour: Behaviour, kind: ReplyKind = ReplyKind.FAULT) -> Behaviour:
    """Fail at some keys always."""
    return lambda call: Reply(kind, 0.05) if call.key in keys else behaviour(call)


def broken(route: str, behaviour: Behaviour, kind: ReplyKind = ReplyKind.FAULT) -> Behaviour:
    """Fail at one route for everybody."""
    return lambda call: Reply(kind, 0.05) if call.route == route else behaviour(call)


class Period(NamedTuple):
    """A behaviour from a time on."""

    begins: float
    behaviour: Behaviour


def in_turn(periods: Sequence[Period]) -> Behaviour:
    """Behave as the latest period says that has begun."""

    def behave(call: Call) -> Reply:
        return next(each for each in reversed(periods) if each.begins <= call.at).behaviour(call)

    return behave


class _Bucket:
    """A token bucket that holds a second's tokens, and at least one."""

    def __init__(self, rate: Callable[[float], float]) -> None:
        self._rate = rate
        self._at = 0.0
        self._tokens = 1.0

    def takes(self, at: float) -> bool:
        rate = self._rate(at)
        self._tokens = min(max(1.0, rate), self._tokens + (at - self._at) * rate)
        self._at = at
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
