"""Services and holding queues: where dead letters are, and where they go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas import signals
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, dead_letter_queue_name, log_group_name, queue_name

if TYPE_CHECKING:
    from ops.stage.deployed import DeployedStage

SERVICES = (*BY_NAME, QUEUE_PROCESSOR)
"""The types and the ingress: each has a queue, a function and a dead-letter queue."""

UNROUTED = signals.UNROUTED.slug
"""The holding queue of messages that no type's rule matches."""

HOLDING_QUEUES = (UNROUTED, signals.UNDELIVERABLE.slug, signals.DEAD_SCHEDULES.slug)
"""Queues of messages that never reached a function, by the slug of their alarm; a redrive sends to the ingress."""

DEAD_LETTER_SOURCES = (*SERVICES, *HOLDING_QUEUES)
"""Everything that has dead letters."""


@dataclass(frozen=True, slots=True)
class Service:
    """A type, the ingress or a holding queue, and its resources in a stage."""

    name: str
    stage: "DeployedStage"

    @property
    def redrives_bodies_unchanged(self) -> bool:
        """Whether a redrive keeps the body: the ingress counts no attempts, and must check what was sent."""
        return self._processed_by == QUEUE_PROCESSOR

    @property
    def _processed_by(self) -> str:
        """The service whose function gets what is redriven."""
        return QUEUE_PROCESSOR if self.name in HOLDING_QUEUES else self.name

    @property
    def queue_url(self) -> str:
        """The URL of the queue that a redrive sends to."""
        return self.stage.queue_url(queue_name(self.stage.name, self._processed_by))

    @property
    def dead_letter_queue_url(self) -> str:
        """The URL of the queue with the dead letters."""
        find = queue_name if self.name in HOLDING_QUEUES else dead_letter_queue_name
        return self.stage.queue_url(find(self.stage.name, self.name))

    @property
    def log_group(self) -> str:
        """The name of the log group with the outcomes of redriven messages."""
        return log_group_name(self.stage.name, self._processed_by)


def service(name: str, stage: "DeployedStage") -> Service:
    """Find a type or the ingress by its name.

    Raises:
        OperatorError: there is no such service.
    """
    return Service(require_name(name, SERVICES), stage)


def dead_letter_source(name: str, stage: "DeployedStage") -> Service:
    """Find a type, the ingress or a holding queue by its name.

    Raises:
        OperatorError: there is no such type or queue.
    """
    return Service(require_name(name), stage)


def require_name(name: str, names: Sequence[str] = DEAD_LETTER_SOURCES, *, hint: str = "") -> str:
    """Check that a name is one of several; returns the name. The hint ends the sentence of the error.

    Raises:
        OperatorError: the name is none of them.
    """
    if name in names:
        return name
    nearest = get_close_matches(name, names, n=1)
    suggestion = f" Did you mean {nearest[0]}?" if nearest else ""
    raise OperatorError(f"there is no type {printable(name)}.{suggestion} Give one of {', '.join(names)}{hint}")
