"""The time budget of the current record, so that a slow record leaves time for the rest of its batch."""

from typing import Protocol

RESERVE = 2.0
"""Seconds reserved for sending the batch's messages."""

MIN_SECONDS = 1.0
"""A record is deferred if it would have fewer seconds than this."""

JOB_SHARE = 0.5
"""The minimum share of an invocation's time for a job.

A job that is cut off for lack of time may have had its side effect, and a retry would repeat it. So a function whose
jobs share a batch has twice the timeout (`schemas/event_type.py`), and each job has as long as it would have alone. The
rest of its batch is deferred.
"""


class Context(Protocol):
    """The attributes of Lambda's context object that this system reads."""

    aws_request_id: str
    function_name: str
    log_group_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the invocation."""


class Budget:
    """The current record's time: an equal share of the invocation's time left, and never less than the minimum."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._total = 0.0
        self._ends_at = 0.0

    def begin(self, context: Context, records_left: int, *, min_share: float = 0.0) -> bool:
        """Begin the next record and compute its time; return False if too little is left for it and the reserve.

        Args:
            context: the invocation's context.
            records_left: records that have not run yet, including this one.
            min_share: minimum share of the invocation's whole time, whatever the number of records; at least a second.
        """
        left = context.get_remaining_time_in_millis() / 1000
        spare = left - RESERVE
        if context is not self._context:
            self._context, self._total = context, spare
        minimum = max(MIN_SECONDS, min_share * self._total)
        has_time = spare >= minimum
        # The first record of an invocation runs in any case, with the time that there is.
        self._ends_at = left - (max(minimum, spare / records_left) if has_time else max(MIN_SECONDS, spare))
        return has_time

    @property
    def context(self) -> Context | None:
        """The current invocation's context; None before the first."""
        return self._context

    def allows_call(self) -> bool:
        """Whether one more AWS call of a second would leave the reserve untouched."""
        if self._context is None:
            return True
        return self._context.get_remaining_time_in_millis() / 1000 - RESERVE >= MIN_SECONDS

    def seconds(self) -> float:
        """Seconds left for the current record, at least 0.1: the timeout for its next call."""
        if self._context is None:
            return MIN_SECONDS
        return max(0.1, self._context.get_remaining_time_in_millis() / 1000 - self._ends_at)
