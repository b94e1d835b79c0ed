"""How long the record at hand may take, so that slow work never costs its neighbours their turn."""

from typing import Protocol

RESERVE = 2.0
"""Seconds kept back for sending what the batch has to send."""

SMALLEST = 1.0
"""Seconds; a record is not begun with less, but put back."""

OF_A_JOB = 0.5
"""The share of an invocation's time that a job has at least. What is broken off for lack of time may have been done all
the same, and would be done twice: so a function whose jobs share a batch has twice the time of one whose jobs do not
(`schemas/event_type.py`), each job has as long as it would have alone, and the rest of its batch is put back.
"""


class Context(Protocol):
    """The parts of Lambda's context object that are read here."""

    aws_request_id: str
    function_name: str
    function_version: str
    log_group_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""


class Budget:
    """The current record's part of the invocation: an equal share of what is left, and never less than the least."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._whole = 0.0
        self._ends_at = 0.0

    def begin(self, context: Context, records_left: int, *, least: float = 0.0) -> bool:
        """Start the next record's part; False where too little is left for it and the reserve.

        Args:
            context: of the invocation.
            records_left: how many have their turn still, this one with them.
            least: which share of the invocation's whole time it has at least, however many there are; in no case is
                it less than a second.
        """
        left = context.get_remaining_time_in_millis() / 1000
        spare = left - RESERVE
        if context is not self._context:
            self._context, self._whole = context, spare
        smallest = max(SMALLEST, least * self._whole)
        in_time = spare >= smallest
        # Who is run all the same, the invocation having run nobody yet, has what there is.
        self._ends_at = left - (max(smallest, spare / records_left) if in_time else max(SMALLEST, spare))
        return in_time

    @property
    def context(self) -> Context | None:
        """Of the invocation at hand; None before the first."""
        return self._context

    def allows_a_call(self) -> bool:
        """Whether the reserve would be left untouched by one more call to AWS that takes a second."""
        if self._context is None:
            return True
        return self._context.get_remaining_time_in_millis() / 1000 - RESERVE >= SMALLEST

    def seconds(self) -> float:
        """What is left of the current record's part: the timeout for its next call, never below 0.1."""
        if self._context is None:
            return SMALLEST
        return max(0.1, self._context.get_remaining_time_in_millis() / 1000 - self._ends_at)
