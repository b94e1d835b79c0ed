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
            from lambdas.common.availability.circuits import Circuits  # few processes need it

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
    from lambdas.common.clients.aws import client_of  # a function without calls saves it

    return client_of(service, budget.seconds)


def write_line(line: str) -> None:
    """Write a line to the function's log."""
    sys.stdout.write(line + "\n")
