"""How long the record at hand may take, so that slow work never costs its neighbours their turn."""

from typing import Protocol

RESERVE = 2.0
"""Seconds kept back for sending what the batch has to send."""

SMALLEST = 1.0
"""Seconds; a record that would get less is put back instead of begun."""


class Context(Protocol):
    """The parts of Lambda's context object that are read here."""

    aws_request_id: str
    function_name: str
    function_version: str

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""


class Budget:
    """The share of the invocation that the current record has: (time left - reserve) / records left."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._ends_at = 0.0

    def begin(self, context: Context, records_left: int) -> float:
        """Start the next record's share and return it, in seconds."""
        left = context.get_remaining_time_in_millis() / 1000
        share = (left - RESERVE) / records_left
        self._context, self._ends_at = context, left - share
        return share

    def seconds(self) -> float:
        """What is left of the current record's share: the timeout for its next call, never below 0.1."""
        if self._context is None:
            return SMALLEST
        return max(0.1, self._context.get_remaining_time_in_millis() / 1000 - self._ends_at)
