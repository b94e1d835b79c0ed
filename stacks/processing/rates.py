"""How many messages a function takes at once, so that it keeps to the rate of the system that it calls."""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Context
from math import ceil, floor
from typing import Any, NamedTuple

from schemas.event_type import EventType, Needs
from stacks.stage import Stage

LEAST_CONCURRENCY = 2
"""The smallest maximum concurrency of an event source (CloudFormation, ScalingConfig: MaximumConcurrency)."""

LONGEST_BATCH = 10.0
"""Seconds that a full batch may take at its function's pace: what is left of a longer one would be deferred."""

_SHORT = Context(prec=4, rounding=ROUND_FLOOR)


class Scaling(NamedTuple):
    """What a function is given of its destination's rate."""

    batch_size: int
    max_concurrency: int
    rate: float = 0.0
    """Calls a second that the called system takes; 0: no rate is declared."""

    @property
    def pace(self) -> float:
        """The share of one process in the rate, in calls a second."""
        return self.rate / self.max_concurrency

    @property
    def environment(self) -> dict[str, str]:
        """The fields of `FunctionEnvironment` about the rate: of four digits, and no more than it."""
        fields = {"rate": self.rate, "pace": self.pace}
        return {
            name: f"{_SHORT.create_decimal_from_float(each).normalize():f}" for name, each in fields.items() if each
        }


class _Calls(NamedTuple):
    """The calls that a function makes."""

    rate: float
    """Calls a second that the called system takes."""

    seconds: float
    """What one call is assumed to take. More would cost refused calls: each process learns a lower rate by itself."""


def scaling(event_type: EventType[Any], stage: Stage) -> Scaling:
    """Return what a type's function is given on a stage: the type's own figures, or what its rate leaves of them.

    The maximum concurrency is what the rate keeps busy. A type that calls customers' endpoints keeps its own, as these
    take most of its time. The batch size is what fits into `LONGEST_BATCH` and the function's timeout at its pace.
    """
    own = Scaling(event_type.batch_size, stage.concurrency(event_type.max_concurrency))
    calls = list(_calls(event_type, stage))
    if not calls:
        return own
    concurrency = own.max_concurrency
    if Needs.WEBHOOKS not in event_type.needs:
        busy = min(ceil(round(each.rate * each.seconds, 6)) for each in calls)
        concurrency = min(concurrency, max(LEAST_CONCURRENCY, busy))
    given = Scaling(own.batch_size, concurrency, min(each.rate for each in calls))
    longest = min(LONGEST_BATCH, stage.timeout(event_type.timeout))
    return given._replace(batch_size=max(1, min(own.batch_size, floor(longest * given.pace))))


def _calls(event_type: EventType[Any], stage: Stage) -> Iterator[_Calls]:
    by_need = {
        Needs.EMAIL: _Calls(stage.mail_rate, seconds=0.2),
        Needs.SMS: _Calls(stage.text_rate, seconds=0.2),
        Needs.CRM: _Calls(stage.crm_rate, seconds=0.1),
    }
    return (calls for need, calls in by_need.items() if need in event_type.needs)
