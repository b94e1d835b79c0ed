"""What one function does with one message, as the shared loop asks for it."""

from typing import Protocol

from lambdas.common.batch.delivery import DoneDecision
from schemas.event_type import Backoff
from schemas.message import AnyMessage
from schemas.problems import Refusal


class Work(Protocol):
    """What one function does with one message; the batch does the rest."""

    service: str
    """Its name in logs and metrics: the type, or the ingress's own."""

    shares_batches: bool
    """Whether a batch may have more than one record."""

    least_share: float
    """Of an invocation's time, which each record has at least."""

    max_attempts: int
    backoff: Backoff

    def read(self, body: str) -> AnyMessage | Refusal:
        """Read and validate a body."""

    def first_attempt(self, message: AnyMessage, failed: int) -> int:
        """Which attempt the first receive of an SQS message is, of whose attempts so many are known to have failed."""

    def copy_body(self, body: str, attempts: int) -> str:
        """The body of a copy that is that attempt. Raises `ValueError` where it cannot be written."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        """Do the work; give back what it leads to. Raises `Skip`, `PermanentError`, or anything to try again."""
