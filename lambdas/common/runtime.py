"""A function's dependencies: environment, AWS clients, clock, randomness and log output."""

import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar, cast

from lambdas.common.budget import Budget
from schemas.environment import FunctionEnvironment
from schemas.event_type import Needs

if TYPE_CHECKING:
    from lambdas.common.availability.circuit import Circuit
    from schemas.destinations import Route


class Capability(Protocol):
    """A dependency that a handler requests by annotating a parameter with its class."""

    need: ClassVar[Needs | None]
    """Need that the event type must declare for its function to be granted access; None if no grant is necessary."""

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Create the instance; called once per process, at first use."""


C = TypeVar("C")

NOT_IDEMPOTENT = {"sesv2", "sns"}
"""boto3's names of services that do a request twice if it is sent twice."""

ONE_TRY_SECONDS = 10
"""The longest wait for the response to such a request."""

_CONNECT_SECONDS = 1
_IDLE_SECONDS = 5.0
"""After so many seconds without a call, such a request gets a new connection."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Dependencies of a function. Deployed functions use `runtime()`; a test makes one of fakes."""

    environment: FunctionEnvironment
    client: Callable[[str], Any]
    """Return the AWS client of a service by its boto3 name."""

    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    """Wait for some seconds."""

    jitter: Callable[[], float]
    """Return a random number from 0 to 1."""

    write: Callable[[str], None]
    """Write one log line."""

    budget: Budget = field(default_factory=Budget)
    capabilities: dict[type, Any] = field(default_factory=dict)
    tripped: "list[Circuit]" = field(default_factory=list)
    """Circuits whose next success counts: it closes them, or ends what the table says about an outage."""

    def capability(self, wanted: type[C]) -> C:
        """Return the instance of a capability, created at first use."""
        if wanted not in self.capabilities:
            self.capabilities[wanted] = cast("type[Capability]", wanted).connect(self)
        return cast("C", self.capabilities[wanted])

    def worked(self, route: "Route", *, certainly: bool = False) -> None:
        """Tell a route's circuit of a call that succeeded, if the success of any counts, or `certainly`."""
        if self.tripped or certainly:
            from lambdas.common.availability.circuit import Circuits  # few processes need it

            self.capability(Circuits)[route.destination].succeeded(route)


@cache
def runtime() -> Runtime:
    """The deployed function's dependencies, created at the first invocation."""
    budget = Budget()
    return Runtime(
        environment=FunctionEnvironment.from_variables(os.environ),
        client=partial(_client, budget),
        now=partial(datetime.now, UTC),
        sleep=time.sleep,
        jitter=random.random,
        write=write_line,
        budget=budget,
    )


def _client(budget: Budget, service: str) -> Any:
    return OneTryClient(service, budget.seconds) if service in NOT_IDEMPOTENT else aws_client(service)


@cache
def aws_client(service: str, *, read_timeout: int = 3, tries: int = 2) -> Any:
    """Create an AWS client, by default one that fails within a reaction's 10 seconds.

    Args:
        service: its boto3 name.
        read_timeout: seconds to wait for a response; to connect takes one more at most.
        tries: how often a request is sent, if there is no response or the service is to blame.
    """
    import boto3  # takes a third of a second, which a function without calls saves
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # stubs accept literal names only


class OneTryClient:
    """An AWS client whose requests are sent once, and answered within the current record's time or not at all.

    boto3 sends a request again after a time-out. SES and SNS know no idempotency key, and would do it twice.
    """

    def __init__(self, service: str, seconds: Callable[[], float], *, clock: Callable[[], float] = time.time) -> None:
        """Create the client at its first call.

        Args:
            service: its boto3 name.
            seconds: returns the seconds left for the current record.
            clock: seconds; a wall clock, which goes on while Lambda freezes the process.
        """
        self._service = service
        self._seconds = seconds
        self._clock = clock
        self._called_at: dict[int, float] = {}
        """When each client was called last, by its read time-out."""

    def __getattr__(self, method: str) -> Any:
        """Return a method of the boto3 client whose time-out is the time left: 10 seconds at most, and one at least."""
        left = int(self._seconds() - _CONNECT_SECONDS)
        read_timeout = max(1, min(ONE_TRY_SECONDS, left))
        client = aws_client(self._service, read_timeout=read_timeout, tries=1)
        now = self._clock()
        if now - self._called_at.get(read_timeout, now) > _IDLE_SECONDS:
            client.close()  # its connections: on one that the service closed meanwhile, a request might have been lost
        self._called_at[read_timeout] = now
        return getattr(client, method)


def aws_exceptions() -> tuple[type[Exception], ...]:
    """Return what a boto3 client raises where AWS refused a call, did not answer it, or answered with nonsense."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return BotoCoreError, ClientError, ResponseParserError


def write_line(line: str) -> None:
    """Write a line to the function's log."""
    sys.stdout.write(line + "\n")
