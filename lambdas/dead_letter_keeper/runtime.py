"""The keeper's dependencies: environment, AWS clients, clock and log output."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from lambdas.common.clients.aws import aws_client
from lambdas.common.runtime import write_line
from schemas.keeper_environment import KeeperEnvironment


@dataclass(frozen=True, kw_only=True)
class KeeperRuntime:
    """Dependencies of the keeper. The deployed function uses `keeper_runtime()`; a test makes one of fakes."""

    environment: KeeperEnvironment
    client: Callable[[str], Any]
    """Return the AWS client of a service by its boto3 name."""

    now: Callable[[], datetime]
    write: Callable[[str], Any]
    """Write one log line."""


@cache
def keeper_runtime() -> KeeperRuntime:
    """The deployed function's dependencies, created at the first invocation."""
    return KeeperRuntime(
        environment=KeeperEnvironment.from_variables(os.environ),
        client=aws_client,
        now=partial(datetime.now, UTC),
        write=write_line,
    )
