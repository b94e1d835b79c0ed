"""Assumptions behind prices and bounds that the templates do not contain."""

from dataclasses import dataclass
from enum import StrEnum


class EntryPoint(StrEnum):
    """The place where an event enters the system."""

    QUEUE = "queue"
    BUS = "bus"
    SCHEDULER = "scheduler"
    DEFAULT_BUS = "default bus"
    """The bus of AWS's own events, from which a rule sends SES's to their queue."""


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Assumed batches, durations and message size; durations are in milliseconds of function time."""

    entry_point: EntryPoint = EntryPoint.QUEUE
    """The place to which services send. Follow-ups always enter by the bus, scheduled messages by the scheduler."""

    send_batch: int = 10
    """Messages in one request of a producer."""

    batch_fill: float = 1.0
    """How full batches are, as a share of the batch size; a batch has at least one message."""

    ingress_ms: float = 30
    """A batch of the ingress, with one call to EventBridge."""

    reaction_ms: float = 40
    """A batch of a reaction, without the wait for the CRM."""

    crm_ms: float = 20
    """The wait of a reaction for the CRM, per message."""

    guard_ms: float = 30
    """The idempotency guard of a job: two calls to DynamoDB, and processor time."""

    job_ms: float = 90
    """A job without the guard, with the wait for the called service."""

    message_bytes: int = 1_000

    @property
    def durations(self) -> str:
        """The assumed durations, as a sentence."""
        return (
            f"Assumed durations: ingress batch {self.ingress_ms:g} ms, reaction batch {self.reaction_ms:g} ms, CRM "
            f"response {self.crm_ms:g} ms, job {self.job_ms:g} ms with the wait for the called service, idempotency "
            f"guard {self.guard_ms:g} ms."
        )

    def records(self, batch_size: int) -> float:
        """Return the assumed number of records in a batch of a function with this batch size."""
        return max(1.0, batch_size * self.batch_fill)
