"""The metrics of Lambda: what the emulator counts itself, and what is read in its functions' logs instead."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from local.clock.alarms.sources import Metric, Samples
from ops.stage.log_groups import Event, LogTail

NAMESPACE = "AWS/Lambda"

INVOCATIONS = "Invocations"

ERRORS = "Errors"

THROTTLES = "Throttles"

FUNCTION = "FunctionName"

_END = re.compile("END RequestId: .*")

_PLATFORM = re.compile("(START|END|REPORT) RequestId: .*")

_FAILURE = re.compile(
    r"Traceback \(most recent call last\):"  # what it raised; a function that logs an exception does so as JSON
    r"|Task timed out after \d+\.\d\d seconds"
    r"|Worker process died"  # its process ended: a crash, too little memory
    r"|Worker returned no response"
)

_FAILED = "FAILED"
"""How the emulator begins `LastProcessingResult` where the last invocation ended with an error."""

_DAY = round(timedelta(days=1).total_seconds())


@dataclass(frozen=True, slots=True)
class Invocation:
    """One that is over."""

    failed: bool
    """Whether its log says so."""

    silent: bool
    """Whether nothing was said. A function that cannot be imported says nothing, and neither does an empty batch."""


def invocations(events: Iterable[Event]) -> list[Invocation]:
    """The invocations of one function that ended, of the events of its log."""
    streams: defaultdict[str, list[str]] = defaultdict(list)
    found: list[Invocation] = []
    for event in events:
        lines = streams[event.stream]
        if _END.fullmatch(event.text):
            found.append(Invocation(any(map(_FAILURE.fullmatch, lines)), not lines))
            lines.clear()
        elif not _PLATFORM.fullmatch(event.text):
            lines.append(event.text)
    return found


@dataclass(frozen=True, slots=True)
class EventSourceFunction:
    """A function that an event source mapping invokes."""

    last_failed: bool
    """Whether its last invocation ended with an error."""


class Functions:
    """Reads them by Lambda's API."""

    def __init__(self, client: Any) -> None:
        """Read by this client."""
        self._client = client

    def log_groups(self) -> Mapping[str, str]:
        """The log group of each, by the function's name."""
        pages = self._client.get_paginator("list_functions").paginate()
        return {each["FunctionName"]: _log_group(each) for page in pages for each in page["Functions"]}

    def fed(self) -> Mapping[str, EventSourceFunction]:
        """Those that event source mappings invoke, by name."""
        pages = self._client.get_paginator("list_event_source_mappings").paginate()
        mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
        return {
            mapping["FunctionArn"].rpartition(":")[2]: EventSourceFunction(
                mapping.get("LastProcessingResult", "").startswith(_FAILED)
            )
            for mapping in mappings
        }


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
        groups = {name: group for name, group in self._functions.log_groups().items() if name in names}
        events = self._tail.read(groups)
        return {name: invocations(each for each in events if each.group == group) for name, group in groups.items()}


def _now() -> datetime:
    return datetime.now(UTC)


class RecordedMetrics:
    """Reads counts, each sample of which is 1 or 0, by GetMetricStatistics."""

    def __init__(self, cloudwatch: Any, now: Callable[[], datetime] = _now) -> None:
        """Read by this client what is recorded from now on."""
        self._cloudwatch = cloudwatch
        self._now = now
        self._until = now()

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """The samples since the last time. Where a metric has no dimensions: of all that differ in their dimensions."""
        begin, self._until = self._until, self._now()
        return {metric: self._read(metric, begin, self._until) for metric in metrics}

    def _read(self, metric: Metric, begin: datetime, end: datetime) -> Sequence[float]:
        datapoints = self._cloudwatch.get_metric_statistics(
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions],
            StartTime=begin,
            EndTime=end,
            Period=_DAY,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        ones = round(sum(each["Sum"] for each in datapoints))
        zeros = round(sum(each["SampleCount"] for each in datapoints)) - ones
        return [1.0] * ones + [0.0] * zeros


def _log_group(function: Mapping[str, Any]) -> str:
    named = function.get("LoggingConfig", {}).get("LogGroup")
    return str(named or f"/aws/lambda/{function['FunctionName']}")


def _samples(
    metric: Metric, ended: Mapping[str, Sequence[Invocation]], fed: Mapping[str, EventSourceFunction]
) -> Sequence[float]:
    name = metric.dimension(FUNCTION)
    if metric.name == INVOCATIONS:
        return [1.0] * len(ended[name])
    # One that said nothing did well, unless its function was last seen to fail: then it cannot even be imported.
    return [float(each.failed or (each.silent and fed[name].last_failed)) for each in ended[name]]
