"""Metrics that functions write into their logs, in CloudWatch's embedded metric format."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from local.clock.alarms.lambda_metrics import Functions
from local.clock.alarms.sources import Metric, Samples
from ops.stage.log_groups import LogTail

PATTERN = '"CloudWatchMetrics"'
"""Of a line that has any."""


class EmbeddedMetrics:
    """Measures what is in no namespace of AWS's: CloudWatch reads it out of the logs, and the emulator does not."""

    def __init__(self, functions: Functions, tail: LogTail) -> None:
        """Read these functions' logs."""
        self._functions = functions
        self._tail = tail

    def knows(self, metric: Metric) -> bool:
        """Whether functions may write it."""
        return not metric.namespace.startswith("AWS/")

    def minute(self, metrics: Collection[Metric]) -> Samples:
        """What they have written since the last time."""
        lines = (event.text for event in self._tail.read(self._functions.log_groups()))
        found = samples(lines)
        return {metric: found.get(metric, ()) for metric in metrics}


def samples(lines: Iterable[str]) -> Mapping[Metric, Sequence[float]]:
    """All samples in some lines of a log; lines of another sort have none.

    Source: "Specification: Embedded metric format". A value is a number or a list of numbers, and is a sample of as
    many metrics as there are sets of dimensions.
    """
    found: defaultdict[Metric, list[float]] = defaultdict(list)
    for line in lines:
        for metric, values in _of_line(line):
            found[metric] += values
    return found


def _of_line(line: str) -> Iterator[tuple[Metric, list[float]]]:
    with suppress(ValueError, TypeError, KeyError, AttributeError):  # whatever else is logged
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
