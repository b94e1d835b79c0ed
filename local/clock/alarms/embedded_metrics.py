"""Metrics that functions write to their logs in CloudWatch's embedded metric format."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from local.clock.alarms.lambda_metrics import Functions
from local.clock.alarms.sources import Metric, Samples
from ops.stage.log_groups import LogTail

PATTERN = '"CloudWatchMetrics"'
"""Text that every log line with metrics contains."""


class EmbeddedMetrics:
    """Measures metrics outside AWS's namespaces; CloudWatch extracts them from the logs, the emulator does not."""

    def __init__(self, functions: Functions, tail: LogTail) -> None:
        """Read the logs of these functions."""
        self._functions = functions
        self._tail = tail

    def measures(self, metric: Metric) -> bool:
        """Whether functions can write this metric."""
        return not metric.namespace.startswith("AWS/")

    def collect(self, metrics: Collection[Metric]) -> Samples:
        """The samples written since the previous call."""
        lines = (event.text for event in self._tail.read(self._functions.log_groups()))
        found = samples(lines)
        return {metric: found.get(metric, ()) for metric in metrics}


def samples(lines: Iterable[str]) -> Mapping[Metric, Sequence[float]]:
    """All samples in these log lines; lines without metrics are ignored.

    Source: "Specification: Embedded metric format". A value is a number or a list of numbers. It is a sample of one
    metric for each set of dimensions.
    """
    found: defaultdict[Metric, list[float]] = defaultdict(list)
    for line in lines:
        for metric, values in _of_line(line):
            found[metric] += values
    return found


def _of_line(line: str) -> Iterator[tuple[Metric, list[float]]]:
    with suppress(ValueError, TypeError, KeyError, AttributeError):  # other log lines
        fields = json.loads(line)
        for directive in fields["_aws"]["CloudWatchMetrics"]:
            yield from _of_directive(directive, fields)


def _of_directive(directive: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[tuple[Metric, list[float]]]:
    for names in directive["Dimensions"]:
        dimensions = {name: str(fields[name]) for name in names}
        for definition in directive["Metrics"]:
            value = fields[definition["Name"]]
            values = value if isinstance(value, list) else [value]
            metric = Metric.of(directive["Namespace"], definition["Name"], dimensions)
            yield metric, [float(each) for each in values]
