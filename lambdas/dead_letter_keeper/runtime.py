"""The keeper's dependencies: environment, AWS clients, clock and log output."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from lambdas.common.clients.aws import aws_client
from lambdas.common.runtime import write_line
from schemas import signals
from schemas.catalogue import CATALOGUE
from schemas.keeper_environment import KeeperEnvironment
from schemas.names import QUEUE_PROCESSOR, dead_letter_queue_name, resource_name

_HOLDING = (signals.UNROUTED, signals.UNDELIVERABLE, signals.DEAD_SCHEDULES)


@dataclass(frozen=True, kw_only=True)
class KeeperRuntime:
    """Dependencies of the keeper. The deployed function uses `keeper_runtime()`; a test makes one of fakes."""

    bus: str
    """The bus for the alert about dead letters that end soon."""

    queues: Mapping[str, str]
    """The names of the stage's dead-letter queues and holding queues, by service."""

    version: str
    """Version of the function's code, for log lines."""

    client: Callable[[str], Any]
    """Return the AWS client of a service by its boto3 name."""

    now: Callable[[], datetime]
    write: Callable[[str], Any]
    """Write one log line."""


@cache
def keeper_runtime() -> KeeperRuntime:
    """The deployed function's dependencies, created at the first invocation."""
    environment = KeeperEnvironment.from_variables(os.environ)
    return KeeperRuntime(
        bus=environment.event_bus_name,
        queues=queue_names(environment.stage),
        version=environment.code_version,
        client=aws_client,
        now=partial(datetime.now, UTC),
        write=write_line,
    )


def queue_names(stage: str) -> dict[str, str]:
    """Return the names of all dead-letter queues and holding queues of a stage by service."""
    services = (*(event_type.name for event_type in CATALOGUE), QUEUE_PROCESSOR)
    return {service: dead_letter_queue_name(stage, service) for service in services} | {
        signal.slug: resource_name(stage, signal.slug) for signal in _HOLDING
    }
