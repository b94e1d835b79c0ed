"""What a price or a bound is computed by that no template says."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How an event comes in."""

    QUEUE = "queue"
    BUS = "bus"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What no template says."""

    by: Way = Way.QUEUE
    """How services send; follow-ups come by the bus, and what is scheduled by the scheduler, in any case."""

    send_batch: int = 10
    """Messages that a producer sends in one request."""

    batch_fill: float = 1.0
    """How full batches are, of what a function takes at once; a batch has one message at least."""

    ingress_ms: float = 30
    """The ingress's batch, with its one call to EventBridge."""

    reaction_ms: float = 40
    """A reaction's batch, without what it waits for the CRM."""

    crm_ms: float = 20
    """What a reaction waits for the CRM, a message."""

    guard_ms: float = 30
    """What a job costs before it does anything: the guard's two calls to DynamoDB, and our own processor time."""

    job_ms: float = 90
    """What a job does, and waits for the other side meanwhile."""

    message_bytes: int = 1_000

    @property
    def times(self) -> str:
        """How long things take, in words."""
        return (
            f"The ingress's batch takes {self.ingress_ms:g} ms, a reaction's {self.reaction_ms:g} ms, the CRM's answer "
            f"{self.crm_ms:g} ms, a job {self.job_ms:g} ms with what it waits for the other side, and its guard "
            f"{self.guard_ms:g} ms."
        )

    def records(self, most: int) -> float:
        """Of a batch, where a function takes so many at most."""
        return max(1.0, most * self.batch_fill)
