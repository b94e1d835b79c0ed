"""Services and holding queues: where dead letters are, and where they go back to."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas import signals
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, MessagingOutput, ProcessingOutput

if TYPE_CHECKING:
    from ops.stage.deployed import DeployedStage

SERVICES = (*BY_NAME, QUEUE_PROCESSOR)
"""The types and the ingress: each has a queue, a function and a dead-letter queue."""

UNROUTED = signals.UNROUTED.slug
"""The holding queue of messages that no type's rule matches."""

HOLDING_QUEUES = {
    UNROUTED: MessagingOutput.UNROUTED_QUEUE_URL,
    signals.UNDELIVERABLE.slug: MessagingOutput.UNDELIVERABLE_QUEUE_URL,
    signals.DEAD_SCHEDULES.slug: MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL,
}
"""Queues of messages that never reached a function, by the name of their alarm; a redrive sends to the ingress."""

PLACES = (*SERVICES, *HOLDING_QUEUES)
"""Everything that has dead letters."""


@dataclass(frozen=True, slots=True)
class Service:
    """A type, the ingress or a holding queue, and its resources in a stage."""

    name: str
    stage: "DeployedStage"

    @property
    def redrives_bodies_unchanged(self) -> bool:
        """Whether a redrive keeps the body: the ingress counts no attempts, and must check what was sent."""
        return self._uses_ingress

    @property
    def _uses_ingress(self) -> bool:
        return self.name == QUEUE_PROCESSOR or self.name in HOLDING_QUEUES

    @property
    def queue_url(self) -> str:
        """The URL of the queue that a redrive sends to."""
        if self._uses_ingress:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.queue_url(BY_NAME[self.name].construct_id))

    @property
    def dead_letter_queue_url(self) -> str:
        """The URL of the queue with the dead letters."""
        if self.name in HOLDING_QUEUES:
            return self.stage.output("Messaging", HOLDING_QUEUES[self.name])
        if self.name == QUEUE_PROCESSOR:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.dead_letter_queue_url(BY_NAME[self.name].construct_id))

    @property
    def log_group(self) -> str:
        """The name of the log group with the outcomes of redriven messages."""
        if self._uses_ingress:
            return self.stage.output("Processing", ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME)
        return self.stage.output("Processing", ProcessingOutput.log_group_name(BY_NAME[self.name].construct_id))


def service(name: str, stage: "DeployedStage") -> Service:
    """Find a type or the ingress by its name.

    Raises:
        OperatorError: there is no such service.
    """
    return Service(known(name, SERVICES), stage)


def place(name: str, stage: "DeployedStage") -> Service:
    """Find a type, the ingress or a holding queue by its name.

    Raises:
        OperatorError: there is no such type or queue.
    """
    return Service(known(name), stage)


def known(name: str, names: Sequence[str] = PLACES, *, hint: str = "") -> str:
    """Check that a name is one of several; returns the name. The hint ends the sentence of the error.

    Raises:
        OperatorError: the name is none of them.
    """
    if name in names:
        return name
    nearest = get_close_matches(name, names, n=1)
    suggestion = f" Did you mean {nearest[0]}?" if nearest else ""
    raise OperatorError(f"there is no type {printable(name)}.{suggestion} Give one of {', '.join(names)}{hint}")
