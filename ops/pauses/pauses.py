"""The pauses of a stage: what can be paused by which name, and what is paused now."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.services import SERVICES, require_name
from schemas import pauses
from schemas.availability import services_waiting_for
from schemas.destinations import Destination
from schemas.names import QUEUE_PROCESSOR, resource_name
from schemas.pauses import Pause, SourceMapping
from schemas.system import SYSTEM_HEARTBEAT

SUBJECTS = (*SERVICES, *Destination)
"""Everything that can be paused: a type, the ingress, or a destination, which means the types that call it."""

HEARTBEATS_STOP = "No heartbeat arrives while this is paused: the alarm `heartbeat` pages in about five minutes."
"""The warning that a second confirmation answers."""

_HEARTBEATS = frozenset({QUEUE_PROCESSOR, SYSTEM_HEARTBEAT.name})


def services_of(subject: str) -> tuple[str, ...]:
    """Return the services that are paused by a name: a destination's, or the type itself.

    Raises:
        OperatorError: nothing has this name.
    """
    require_name(subject, SUBJECTS)
    return services_waiting_for(Destination(subject)) if is_destination(subject) else (subject,)


def is_destination(subject: str) -> bool:
    """Whether a name is a destination's."""
    return subject in set(Destination)


def stops_heartbeats(subject: str) -> bool:
    """Whether heartbeats do not arrive while this is paused, so that their alarm pages."""
    return not _HEARTBEATS.isdisjoint(services_of(subject))


@dataclass(frozen=True)
class StagePauses:
    """The event source mappings of a stage, read once, and which of them are disabled."""

    mappings: Mapping[str, SourceMapping]
    """By service; those of types that are not deployed yet are missing."""

    client: Any
    """A client of Lambda."""

    @cached_property
    def by_service(self) -> Mapping[str, Pause]:
        """The pauses by service: one request for each disabled mapping.

        Raises:
            AwsError: AWS refuses or does not answer.
        """
        with aws_failures_as_sentences():
            return pauses.pauses(self.mappings, self.client.list_tags)


def read_pauses(stage: DeployedStage) -> StagePauses:
    """Read the event source mappings of a stage.

    Raises:
        NotDeployedError: there is no such stage in this account and region.
        AwsError: AWS refuses or does not answer.
    """
    client = stage.client("lambda")
    with aws_failures_as_sentences():
        found = pauses.mappings(client.get_paginator("list_event_source_mappings").paginate, stage.name)
    if not found:
        raise stage.lacks(f"event source mapping of function {resource_name(stage.name, QUEUE_PROCESSOR)}")
    return StagePauses(found, client)
