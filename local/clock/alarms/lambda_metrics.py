"""Lambda metrics: counted by the emulator, or read from the functions' logs where the emulator does not count."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

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
    r"Traceback \(most recent call last\):"  # an unhandled exception; functions log handled ones as JSON
    r"|Task timed out after \d+\.\d\d seconds"
    r"|Worker process died"  # the process ended: a crash, or out of memory
    r"|Worker returned no response"
)

_FAILED = "FAILED"
"""The beginning of the emulator's `LastProcessingResult` if the last invocation ended with an error."""

_DAY = round(timedelta(days=1).total_seconds())


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation that has ended."""

    failed: bool
    """Whether its log shows a failure."""

    is_silent: bool
    """Whether it logged nothing: the function cannot be imported, or its batch was empty."""


def invocations(events: Iterable[Event]) -> list[Invocation]:
    """Read the ended invocations of one function from the events of its log."""
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
    """Reads the stage's functions from Lambda's API."""

    def __init__(self, client: Any) -> None:
        """Read by this client."""
        self._client = client

    def log_groups(self) -> Mapping[str, str]:
        """The log group of each function by its name."""
        pages = self._client.get_paginator("list_functions").paginate()
        return {each["FunctionName"]: _log_group(each) for page in pages for each in page["Functions"]}

    def event_source_functions(self) -> Mapping[str, EventSourceFunction]:
        """The functions that event source mappings invoke, by name."""
        pages = self._client.get_paginator("list_event_source_mappings").paginate()
        mappings = [mapping for page in pages for mapping in page["EventSourceMappings"]]
        return {
            mapping["FunctionArn"].rpartition(":")[2]: EventSourceFunction(
                mapping.get("LastProcessingResult", "").startswith(_FAILED)
            )
            for mapping in mappings
        }


class FunctionMetrics:
    """Measures invocations, errors and throttles; each sample is 1 or 0.

    Throttles come from a function's reserved concurrency, the only throttles that the emulator produces. The emulator
    counts a throttle of a direct Invoke call twice.
    """

    def __init__(self, functions: Functions, tail: LogTail, recorded: "RecordedMetrics") -> None:
        """Measure these functions.

        Args:
            functions: the functions.
            tail: reads their logs.
            recorded: the emulator's counts: invocations by its Invoke API, and throttles.
        """
        self._functions = functions
        self._tail = tail
        self._recorded = recorded

    def measures(self, metric: Metric) -> bool:
        """Whether the metric is invocations or errors of one function, or throttles of one or all."""
        if metric.namespace != NAMESPACE:
            return False
        return metric.name == THROTTLES or (metric.name in {INVOCATIONS, ERRORS} and metric.dimension(FUNCTION) != "")

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """The samples since the previous call."""
        event_source_functions = self._functions.event_source_functions()
        logged = {
            metric
            for metric in metrics
            if metric.name != THROTTLES and metric.dimension(FUNCTION) in event_source_functions
        }
        ended = self._ended({metric.dimension(FUNCTION) for metric in logged})
        return {
            **self._recorded.collect([metric for metric in metrics if metric not in logged]),
            **{metric: _samples(metric, ended, event_source_functions) for metric in logged},
        }

    def _ended(self, names: Collection[str]) -> Mapping[str, Sequence[Invocation]]:
        groups = {name: group for name, group in self._functions.log_groups().items() if name in names}
        events = self._tail.read(groups)
        return {name: invocations(each for each in events if each.group == group) for name, group in groups.items()}


def _now() -> datetime:
    return datetime.now(UTC)


class RecordedMetrics:
    """Reads counts whose samples are 1 or 0, by GetMetricStatistics."""

    def __init__(self, cloudwatch: Any, now: Callable[[], datetime] = _now) -> None:
        """Read counts recorded from now on."""
        self._cloudwatch = cloudwatch
        self._now = now
        self._until = now()

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """The samples since the previous call. A metric without dimensions covers all dimensions."""
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
    metric: Metric, ended: Mapping[str, Sequence[Invocation]], event_source_functions: Mapping[str, EventSourceFunction]
) -> Sequence[float]:
    name = metric.dimension(FUNCTION)
    if metric.name == INVOCATIONS:
        return [1.0] * len(ended[name])
    # A silent invocation succeeded, unless the function's last invocation failed: then the function cannot be imported.
    return [float(each.failed or (each.is_silent and event_source_functions[name].last_failed)) for each in ended[name]]
