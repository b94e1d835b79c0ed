"""The work of one function, as the shared loop asks for it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from lambdas.common.batch.decision import DoneDecision
from schemas.environment import FunctionEnvironment
from schemas.event_type import Backoff, EventType
from schemas.message import AnyMessage
from schemas.problems import Refusal

if TYPE_CHECKING:
    from lambdas.common.batch.delivery import Delivery


class Work(Protocol):
    """The work of one function: everything about a message that differs between functions."""

    service: str
    """The function's name in logs and metrics: its type, or `queue_processor`."""

    least_share: float
    """The least share of an invocation's time for each record, from 0 to 1."""

    keeps_records: bool
    """Whether each message's work needs the idempotency table; that of others goes on without it."""

    can_skip: bool
    """Whether it may skip messages by what the CRM answers."""

    max_attempts: int
    patience: timedelta
    """For how long a message may be deferred because its work cannot be done."""

    backoff: Backoff
    delivery_delays: tuple[timedelta, ...]
    """Waits before the next tries at a receiver that is not ours."""

    def read(self, body: str) -> AnyMessage | Refusal:
        """Read and validate a body."""

    @property
    def event_type(self) -> EventType[Any] | None:
        """The type of all its messages; None at the ingress, which takes every type."""

    @property
    def check_sender(self) -> "Callable[[AnyMessage, Delivery, FunctionEnvironment], None] | None":
        """Raises `PermanentError` where a message may not come from its sender. None: the queue's policy decides."""

    def first_attempt(self, message: AnyMessage, failed: int) -> int:
        """Return the attempt number of an SQS message's first receive, given its known failed attempts."""

    def copy_body(self, body: str, attempts: int) -> str:
        """Return the body of the copy for that attempt. Raises `ValueError` where it cannot be written."""

    def expired(self, message: AnyMessage) -> DoneDecision | None:
        """Decide that a message comes too late to be run; None: it does not."""

    def has_recovered(self, message: AnyMessage, since: datetime) -> bool:
        """Whether the receiver that failed then is well again, so that the message need not wait any longer."""

    def run(self, message: AnyMessage, body: str) -> DoneDecision:
        """Do the work and return its follow-ups. Raises `Skip`, `PermanentError`, or any exception for a retry."""
