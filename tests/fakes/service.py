"""Shared parts of all fake AWS services: a clock, recorded calls, and hooks for tests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)

Fail = Callable[[str, Mapping[str, Any]], Exception | None]
"""Returns the error of a call, given the client's method and the request; None if the call succeeds."""

Refuse = Callable[[str, Mapping[str, Any]], str | None]
"""Returns the error code for one entry of a batch, given the client's method and the entry; None if it is accepted."""


def client_error(code: str, operation: str = "Operation", message: str = "ada@example.com was refused") -> ClientError:
    """An AWS error; its message contains personal data, as real ones may."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def failing(code: str, *operations: str) -> Fail:
    """Fail calls of these methods; without methods, all calls."""

    def fail(operation: str, _request: Mapping[str, Any]) -> Exception | None:
        return client_error(code, _operation(operation)) if not operations or operation in operations else None

    return fail


def refusing(code: str, *operations: str) -> Refuse:
    """Refuse every entry of calls of these methods; without methods, of all calls."""
    return lambda operation, _entry: code if not operations or operation in operations else None


def works(_operation: str, _request: Mapping[str, Any]) -> None:
    """Let every call and entry succeed."""


def _operation(method: str) -> str:
    """The API operation of a client method: `PutItem` for `put_item`."""
    return method.title().replace("_", "")


@dataclass
class Clock:
    """A clock that advances only when a fake or a test advances it."""

    began: datetime = NOON
    seconds: float = 0
    """Seconds since the beginning."""

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(kw_only=True)
class FakeService:
    """One AWS service in memory: calls are recorded, and tests can intervene in each. Safe for threads.

    A request that AWS would always refuse raises AssertionError: our code must not send it.
    """

    clock: Clock = field(default_factory=Clock)
    latency: float = 0
    """Seconds for each call."""

    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name="eu-central-1"))
    """`meta` of boto3's client."""

    calls: list[str] = field(default_factory=list)
    """The called client methods, in order."""

    requests: list[Mapping[str, Any]] = field(default_factory=list)
    """The requests of these calls."""

    before: Callable[[str], None] = lambda _operation: None
    after: Callable[[str], None] = lambda _operation: None
    fail: Fail = works
    _lock: Any = field(default_factory=RLock, repr=False)

    def takes(self, _operation: str) -> float:
        """The duration of a call in seconds."""
        return self.latency

    @contextmanager
    def called(self, operation: str, request: Mapping[str, Any]) -> Iterator[None]:
        """Wrap a call in the hooks and the lock."""
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
    """A boto3 paginator: one page for each call until a page has no token."""

    service: FakeService
    operation: str

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        token: dict[str, Any] = {}
        while True:
            page = getattr(self.service, self.operation)(**request, **token)
            yield page
            found = next((name for name in page if name.lower() in {"nexttoken", "nextmarker"}), "")
            if not found:
                return
            token = {found.removeprefix("Next") if found == "NextMarker" else found: page[found]}
