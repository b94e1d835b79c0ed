"""The decisions about a record, side by side: it is done, it runs again later, or it is dead-lettered."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from schemas.reasons import Outcome, Reason, Remedy

if TYPE_CHECKING:
    from lambdas.common.clients.outbox import BusEntry
    from lambdas.common.clients.scheduler import ScheduleChange
    from lambdas.common.errors import Skip


class DoneDecision(NamedTuple):
    """The work is done, or there was none; its follow-ups are still to be sent."""

    outcome: Outcome
    entries: "Sequence[BusEntry]" = ()
    changes: "Sequence[ScheduleChange]" = ()
    """Schedules to set, move or cancel."""

    skip: "Skip | None" = None
    """Why there was nothing to do; its text is not redacted yet."""

    left_out: Sequence[str] = ()
    """Sentences about what could not be served, without values."""

    note: str = ""
    """The event in a sentence, without values."""


SIMPLY_SUCCEEDED = DoneDecision(Outcome.SUCCEEDED)
"""The decision about most records: the work is done, and nothing follows."""


class RetryDecision(NamedTuple):
    """A copy of the message goes back to the record's own queue."""

    outcome: Outcome
    """`retrying` where an attempt was spent, `deferred` where none was."""

    attempts: int
    """The attempt number of the copy."""

    delay: int
    """Seconds until SQS delivers the copy."""

    not_before: str = ""
    """When the copy may run (UTC, RFC 3339), where that is later than its delivery."""


class DeadLetterDecision(NamedTuple):
    """The message goes to the dead-letter queue."""

    reason: Reason
    remedy: Remedy | None = None
    """The action that helps, where the raiser of the error names it; else the reason decides (`schemas/advice.py`)."""


Decision = DoneDecision | RetryDecision | DeadLetterDecision
