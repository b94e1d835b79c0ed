"""Whose dead letters there are: a type's, the ingress's, or nobody's."""

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
"""What works a queue off."""

UNROUTED = signals.UNROUTED.slug
"""The queue of what no type's rule matches."""

RESTING = {
    UNROUTED: MessagingOutput.UNROUTED_QUEUE_URL,
    signals.UNDELIVERABLE.slug: MessagingOutput.UNDELIVERABLE_QUEUE_URL,
    signals.DEAD_SCHEDULES.slug: MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL,
}
"""Where messages come to rest that no function has had, by the alarm's name; they go back by the ingress."""

PLACES = (*SERVICES, *RESTING)
"""Wherever letters lie."""


@dataclass(frozen=True, slots=True)
class Service:
    """A function that works a queue off, or a queue that none does, and where its parts are in a stage."""

    name: str
    stage: "DeployedStage"

    @property
    def takes_bodies_as_they_came(self) -> bool:
        """The ingress counts no attempts, and judges what was sent: it must see that."""
        return self._goes_by_the_ingress

    @property
    def _goes_by_the_ingress(self) -> bool:
        return self.name == QUEUE_PROCESSOR or self.name in RESTING

    @property
    def queue_url(self) -> str:
        """Of the queue that it works off, or that its letters go back to."""
        if self._goes_by_the_ingress:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.queue_url(BY_NAME[self.name].construct_id))

    @property
    def dead_letter_queue_url(self) -> str:
        """Of the queue where its dead letters lie."""
        if self.name in RESTING:
            return self.stage.output("Messaging", RESTING[self.name])
        if self.name == QUEUE_PROCESSOR:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.dead_letter_queue_url(BY_NAME[self.name].construct_id))

    @property
    def log_group(self) -> str:
        """The name of the log group where outcomes of what is sent to its queue are written."""
        if self._goes_by_the_ingress:
            return self.stage.output("Processing", ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME)
        return self.stage.output("Processing", ProcessingOutput.log_group_name(BY_NAME[self.name].construct_id))


def service(name: str, stage: "DeployedStage") -> Service:
    """The service of a name, in a stage.

    Raises:
        OperatorError: there is none.
    """
    return Service(known(name, SERVICES), stage)


def place(name: str, stage: "DeployedStage") -> Service:
    """The service of a name, or where letters rest that no service has had.

    Raises:
        OperatorError: there is none.
    """
    return Service(known(name), stage)


def known(name: str, names: Sequence[str] = PLACES) -> str:
    """The name, where it is one of these.

    Raises:
        OperatorError: it is none.
    """
    if name in names:
        return name
    nearest = get_close_matches(name, names, n=1)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    raise OperatorError(f"there is no type {printable(name)}.{meant} Give one of {', '.join(names)}")
