"""What the stand-in CRM remembers: which calls came, what it answered, and what it was told to fail."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """How calls about one company or subject go wrong."""

    status: int = HTTPStatus.OK
    """The answer; 200 for a CRM that is slow alone."""

    times: int | None = None
    """How many calls go wrong before they go well again; None for all."""

    seconds: float = 0
    """How long an answer takes."""

    garbage: bool = False
    """Whether the answer is no HTTP at all."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its answer."""

    key: str
    """Its idempotency key: the id of the message."""

    body: Mapping[str, Any]
    status: int
    """0 for garbage."""

    @property
    def accepted(self) -> bool:
        """Whether the caller was told that it is done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class CrmBooks:
    """The CRM's state, safe for the threads of its server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._failures: dict[str, Failure] = {}

    def fail(self, about: str, failure: Failure) -> None:
        """Let calls about a company or a subject, given by its id, go wrong from now on."""
        with self._lock:
            self._failures[about] = failure

    def plan(self, body: Mapping[str, Any]) -> Failure:
        """What shall happen to a call; one of its `times` is used up."""
        with self._lock:
            for about in (str(body.get("subjectId")), str(body.get("companyId"))):
                failure = self._failures.get(about)
                if failure is None:
                    continue
                if failure.times is None:
                    return failure
                if failure.times > 0:
                    self._failures[about] = replace(failure, times=failure.times - 1)
                    return failure
        return Failure()

    def answer(self, key: str, body: Mapping[str, Any], planned: int) -> Call:
        """Settle a call: a key's second use with another body is refused, as Stripe's API does."""
        with self._lock:
            reused = any(call.key == key and call.accepted and call.body != body for call in self._calls)
            call = Call(key, body, HTTPStatus.UNPROCESSABLE_ENTITY if reused else planned)
            self._calls.append(call)
            return call

    def calls(self) -> tuple[Call, ...]:
        """Every call with a valid token and key, in order."""
        with self._lock:
            return tuple(self._calls)

    def calls_about(self, subject: str) -> tuple[Call, ...]:
        """The calls about one booking."""
        return tuple(call for call in self.calls() if call.body.get("subjectId") == subject)

    def times_accepted(self) -> Counter[str]:
        """How often the caller was told "done", by idempotency key. More than once is one side effect too many."""
        return Counter(call.key for call in self.calls() if call.accepted)
