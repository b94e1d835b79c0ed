"""The parts that all fakes of AWS's services share: a clock, a list of calls, and hooks for a test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)

Fail = Callable[[str, Mapping[str, Any]], Exception | None]
"""Gives the error that answers a call, by the client's method and the request; None: the call is carried out."""

Refuse = Callable[[str, Mapping[str, Any]], str | None]
"""Gives the code that refuses one entry of a batch, by the client's method and the entry; None: it is taken."""


def client_error(code: str, operation: str = "Operation", message: str = "ada@example.com was refused") -> ClientError:
    """An error of AWS's; its message has somebody's data, as messages of AWS's may."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def failing(code: str, *operations: str) -> Fail:
    """Answer calls of these methods with an error; without methods, all calls."""

    def fail(operation: str, _request: Mapping[str, Any]) -> Exception | None:
        return client_error(code, _operation(operation)) if not operations or operation in operations else None

    return fail


def refusing(code: str, *operations: str) -> Refuse:
    """Refuse each entry of these methods with a code; without methods, each entry."""
    return lambda operation, _entry: code if not operations or operation in operations else None


def works(_operation: str, _request: Mapping[str, Any]) -> None:
    """Let a call, or an entry, be what it is."""


def _operation(method: str) -> str:
    """`PutItem` for `put_item`."""
    return method.title().replace("_", "")


@dataclass
class Clock:
    """Time that passes only where something takes some."""

    began: datetime = NOON
    seconds: float = 0
    """Since it began."""

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(kw_only=True)
class FakeService:
    """One AWS service in memory: calls are noted, and a test may intervene before, at and after each. Safe for threads.

    A request that AWS would refuse whole, whatever the state of the service, is an AssertionError: no code of ours may
    send one.
    """

    clock: Clock = field(default_factory=Clock)
    latency: float = 0
    """Seconds a call."""

    calls: list[str] = field(default_factory=list)
    """The client's methods that were called, in order."""

    requests: list[Mapping[str, Any]] = field(default_factory=list)
    """Of the same calls."""

    before: Callable[[str], None] = lambda _operation: None
    after: Callable[[str], None] = lambda _operation: None
    fail: Fail = works
    _lock: Any = field(default_factory=RLock, repr=False)

    def takes(self, _operation: str) -> float:
        """Seconds of a call."""
        return self.latency

    @contextmanager
    def called(self, operation: str, request: Mapping[str, Any]) -> Iterator[None]:
        """A call: what is done in it is done between the hooks, one call at a time."""
        with self._lock:
            self.calls.append(operation)
            self.requests.append(request)
            self.clock.sleep(self.takes(operation))
            self.before(operation)
            if error := self.fail(operation, request):
                raise error
            yield
            self.after(operation)

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)


@dataclass
class Pages:
    """A paginator of boto3's: one page a call, until one has no token for the next."""

    service: FakeService
    operation: str

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            page = getattr(self.service, self.operation)(**request, **token)
            yield page
            found = next((name for name in page if name.lower() == "nexttoken"), "")
            if not found:
                return
            token = {found: page[found]}
