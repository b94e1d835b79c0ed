"""The cost of reading the logs of a range: bytes, calls, time and dollars, before they are read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ops.cost.prices import TRANSFER_BYTE
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.terminal.output import counted, size
from ops.terminal.times import span

_PERIOD = timedelta(hours=1)
"""CloudWatch keeps periods of an hour for 455 days (CloudWatch User Guide, "Metrics retention")."""

_QUERIES = 500
"""CloudWatch API, GetMetricData: queries in a call."""

_PAGE_BYTES = 1024**2
"""CloudWatch Logs API, FilterLogEvents: bytes of events on a page."""

_CALLS_PER_SECOND = 5
"""CloudWatch Logs quotas, FilterLogEvents: the least of the regions' defaults; others have 10 or more."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The logs that a check reads."""

    groups: int
    """The number of log groups."""

    bytes: int
    """All lines in these logs; those that are not about messages stay in AWS."""

    is_bound: bool
    """Whether the bytes are all that the groups store, as CloudWatch has no metric of the range."""

    @property
    def calls(self) -> int:
        """Calls of FilterLogEvents, about."""
        return self.groups + self.bytes // _PAGE_BYTES

    @property
    def seconds(self) -> float:
        """The least time for the calls, with one of the lower quotas."""
        return self.calls / _CALLS_PER_SECOND

    @property
    def dollars(self) -> float:
        """The price of the transfer out of AWS, at most: the calls and the scan cost nothing."""
        return self.bytes * TRANSFER_BYTE

    def sentence(self) -> str:
        """The cost in words."""
        amount = f"{'at most ' if self.is_bound else ''}{size(self.bytes)} in {counted(self.groups, 'log group')}"
        dollars = f"${self.dollars:.2f}" if self.dollars >= 0.01 else "less than $0.01"  # noqa: PLR2004 a cent
        return (
            f"Reading {amount}: about {counted(self.calls, 'call')}, {span(timedelta(seconds=self.seconds))} "
            f"at {_CALLS_PER_SECOND} a second. AWS charges for transfer alone: {dollars} at most."
        )


def read_scan(cloudwatch: Any, logs: Any, groups: Collection[str], since: datetime, until: datetime) -> Scan:
    """Ask CloudWatch how much the groups took in during a range; where it has no metric, how much they store.

    Args:
        cloudwatch: boto3's client of CloudWatch.
        logs: boto3's client of CloudWatch Logs.
        groups: the groups' names.
        since: the beginning of the range.
        until: its end.

    Raises:
        AwsError: AWS refuses or does not answer.
    """
    with aws_failures_as_sentences():
        taken_in = list(_incoming(cloudwatch, sorted(groups), since, until))
        if taken_in:
            return Scan(len(groups), round(sum(taken_in)), is_bound=False)
        return Scan(len(groups), sum(_stored(logs, sorted(groups))), is_bound=True)


def _incoming(cloudwatch: Any, groups: list[str], since: datetime, until: datetime) -> Iterator[float]:
    begin = datetime.fromtimestamp(since.timestamp() // _PERIOD.total_seconds() * _PERIOD.total_seconds(), UTC)
    for first in range(0, len(groups), _QUERIES):
        queries = [_query(number, group) for number, group in enumerate(groups[first : first + _QUERIES])]
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=begin, EndTime=until
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                yield from result["Values"]


def _query(number: int, group: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingBytes",
        "Dimensions": [{"Name": "LogGroupName", "Value": group}],
    }
    return {
        "Id": f"group{number}",
        "MetricStat": {"Metric": metric, "Period": int(_PERIOD.total_seconds()), "Stat": "Sum"},
    }


def _stored(logs: Any, groups: list[str]) -> Iterator[int]:
    for group in groups:
        described = logs.describe_log_groups(logGroupNamePrefix=group).get("logGroups", ())
        yield sum(each.get("storedBytes", 0) for each in described if each["logGroupName"] == group)
