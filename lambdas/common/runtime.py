"""All that a function takes from outside: its surroundings, clients, the clock, chance, and where lines go."""

import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

from lambdas.common.budget import Budget
from schemas.environment import FunctionEnvironment
from schemas.event_type import Needs


class Capability(Protocol):
    """What a handler may ask for by annotating a parameter with it."""

    need: ClassVar[Needs | None]
    """What its event type must declare, so that the function is granted it; None where that takes nothing."""

    @classmethod
    def connect(cls, runtime: "Runtime") -> Self:
        """Make one; called at first use, once a process."""


C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A function's world. Production's is `runtime()`; a test makes its own."""

    environment: FunctionEnvironment
    client: Callable[[str], Any]
    """Gives the AWS client of a service by its boto3 name."""

    now: Callable[[], datetime]
    jitter: Callable[[], float]
    """From 0 to 1, at random."""

    write: Callable[[str], None]
    """Takes one log line."""

    budget: Budget = field(default_factory=Budget)
    capabilities: dict[type, Any] = field(default_factory=dict)

    def capability(self, wanted: type[C]) -> C:
        """The one instance of a capability."""
        if wanted not in self.capabilities:
            self.capabilities[wanted] = cast("type[Capability]", wanted).connect(self)
        return cast("C", self.capabilities[wanted])


@cache
def runtime() -> Runtime:
    """The deployed function's world, made at the first invocation."""
    return Runtime(
        environment=FunctionEnvironment.from_variables(os.environ),
        client=aws_client,
        now=partial(datetime.now, UTC),
        jitter=random.random,
        write=write_line,
    )


@cache
def aws_client(service: str) -> Any:
    """An AWS client that gives up before a reaction's 10 seconds are over: two tries of at most 4 seconds each."""
    import boto3  # a third of a second that a function without calls need not pay
    from botocore.config import Config

    config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # stubs list literal names alone


def write_line(line: str) -> None:
    """Into the function's log."""
    sys.stdout.write(line + "\n")
