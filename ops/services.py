"""Whose dead letters there are: a type's, or the ingress's."""

from dataclasses import dataclass
from difflib import get_close_matches

from ops.deployed import DeployedStage
from ops.failures import OperatorError
from ops.printable import printable
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, MessagingOutput, ProcessingOutput

SERVICES = (*BY_NAME, QUEUE_PROCESSOR)


@dataclass(frozen=True, slots=True)
class Service:
    """A function that works a queue off, and where its parts are in a stage."""

    name: str
    stage: DeployedStage

    @property
    def takes_bodies_as_they_came(self) -> bool:
        """The ingress counts no attempts, and judges what was sent: it must see that."""
        return self.name == QUEUE_PROCESSOR

    @property
    def queue_url(self) -> str:
        """Of the queue that it works off."""
        if self.name == QUEUE_PROCESSOR:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.queue_url(BY_NAME[self.name].construct_id))

    @property
    def dead_letter_queue_url(self) -> str:
        """Of the queue where its dead letters lie."""
        if self.name == QUEUE_PROCESSOR:
            return self.stage.output("Messaging", MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL)
        return self.stage.output("Messaging", MessagingOutput.dead_letter_queue_url(BY_NAME[self.name].construct_id))

    @property
    def log_group(self) -> str:
        """The name of the log group that it writes its outcomes to."""
        if self.name == QUEUE_PROCESSOR:
            return self.stage.output("Processing", ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME)
        return self.stage.output("Processing", ProcessingOutput.log_group_name(BY_NAME[self.name].construct_id))


def service(name: str, stage: DeployedStage) -> Service:
    """The service of a name, in a stage.

    Raises:
        OperatorError: there is none.
    """
    if name in SERVICES:
        return Service(name, stage)
    nearest = get_close_matches(name, SERVICES, n=1)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    raise OperatorError(f"there is no type {printable(name)}.{meant} Give one of {', '.join(SERVICES)}")
