"""The metrics of Lambda: what the emulator counts itself, and what it leaves to be read in the logs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from local.clock.alarms.functions import Fed, Functions
from local.clock.alarms.invocations import Invocation, invocations
from local.clock.alarms.metric import Metric
from local.clock.alarms.sources import Samples
from local.log_tail import LogTail

NAMESPACE = "AWS/Lambda"
INVOCATIONS = "Invocations"
ERRORS = "Errors"
THROTTLES = "Throttles"
FUNCTION = "FunctionName"


class Recorded(Protocol):
    """What was counted."""

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """The samples since the last time, each 1 or 0."""


class FunctionMetrics:
    """Measures invocations, errors and throttles, each a sample of 1 or 0.

    Throttles are those of a function's reserved concurrency, which are all that the emulator makes; of those that the
    Invoke API was asked for it counts each twice.
    """

    def __init__(self, functions: Functions, tail: LogTail, recorded: Recorded) -> None:
        """Measure these functions.

        Args:
            functions: the functions.
            tail: reads their logs.
            recorded: what the emulator counts: the invocations that its Invoke API is asked for, and throttles.
        """
        self._functions = functions
        self._tail = tail
        self._recorded = recorded

    def knows(self, metric: Metric) -> bool:
        """Whether it is one of the three: of one function, or throttles of all."""
        if metric.namespace != NAMESPACE:
            return False
        return metric.name == THROTTLES or (metric.name in {INVOCATIONS, ERRORS} and metric.dimension(FUNCTION) != "")

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """Since the last time."""
        fed = self._functions.fed()
        logged = {metric for metric in metrics if metric.name != THROTTLES and metric.dimension(FUNCTION) in fed}
        ended = self._ended({metric.dimension(FUNCTION) for metric in logged})
        return {
            **self._recorded.minute([metric for metric in metrics if metric not in logged]),
            **{metric: _samples(metric, ended, fed) for metric in logged},
        }

    def _ended(self, names: Collection[str]) -> Mapping[str, Sequence[Invocation]]:
        groups = self._functions.log_groups()
        return {name: invocations(self._tail.read([groups[name]])) for name in names}


def _samples(metric: Metric, ended: Mapping[str, Sequence[Invocation]], fed: Mapping[str, Fed]) -> Sequence[float]:
    name = metric.dimension(FUNCTION)
    if metric.name == INVOCATIONS:
        return [1.0] * len(ended[name])
    # One that said nothing did well, unless its function was last seen to fail: then it cannot even be imported.
    return [float(each.failed or (each.silent and fed[name].last_failed)) for each in ended[name]]
