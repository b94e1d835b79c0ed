"""Attempts, failures and ages of the last minutes: CloudWatch's metrics, on stage `local` from log lines and queues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ops.outcomes.counts import Dimension, counted_fields, rows
from ops.outcomes.sources import OUTCOME_LINES, Search, counted
from ops.stage.deployed import LOCAL, DeployedStage, NotDeployedError
from ops.stage.emulated_queues import EMULATED_QUEUES, EmulatedQueues
from ops.stage.log_groups import LogGroups
from ops.terminal.errors import OperatorError
from schemas.names import FAILURE, log_group_name, metric_namespace

WINDOW = timedelta(minutes=5)
_MINUTE = 60
_NOT_RETURNED = frozenset({"Forbidden", "InternalError"})
"""Status codes of results whose values are missing, not zero (CloudWatch API, MetricDataResult)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a type or of the ingress in the last five minutes; None where there is no value."""

    attempts: int | None = None
    failures: int | None = None
    oldest_seconds: float | None = None
    """Age of the oldest message that waits."""


class FigureSource(Protocol):
    """Reads the figures of a stage."""

    def read(self, queue_urls: Mapping[str, str], now: datetime) -> Mapping[str, Figures]:
        """Return the figures by service.

        Args:
            queue_urls: URLs of the queues by service.
            now: the time.

        Raises:
            OperatorError: the figures cannot be read.
        """


def figure_source(stage: DeployedStage) -> FigureSource:
    """Return the source of a stage's figures; its clients exist then, and threads may use them."""
    if stage.name == LOCAL:
        return LoggedFigures(stage.client("logs"), stage.client(EMULATED_QUEUES), stage.name)
    return CloudWatchFigures(stage.client("cloudwatch"), stage.name)


class LoggedFigures:
    """Counts outcome lines and looks into the emulator's queues: the emulator has no metrics of either."""

    def __init__(self, logs: Any, queues: EmulatedQueues, stage: str) -> None:
        """Read by a client of CloudWatch Logs and by the emulator's queues."""
        self._logs = logs
        self._queues = queues
        self._stage = stage

    def read(self, queue_urls: Mapping[str, str], now: datetime) -> Mapping[str, Figures]:
        """Return the figures by service; see `FigureSource`."""
        by = (Dimension.TYPE,)
        groups = tuple(log_group_name(self._stage, name) for name in queue_urls)
        search = Search(groups=groups, since=now - WINDOW, until=now)
        try:
            lines = LogGroups(self._logs).lines(groups, search.since, OUTCOME_LINES)
        except NotDeployedError:  # there are queues and no functions
            lines = []
        found = {row.values[0]: row for row in rows(counted(lines, search, counted_fields(by)), by)}
        figures = {}
        for name, url in queue_urls.items():
            row, oldest = found.get(name), self._queues.oldest(url)
            has_attempts = row is not None and row.attempts > 0  # a metric without a sample has no value either
            figures[name] = Figures(
                attempts=row.attempts if row and has_attempts else None,
                failures=row.failures if row and has_attempts else None,
                oldest_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else None,
            )
        return figures


class CloudWatchFigures:
    """Reads the metric that functions write, and SQS's metric of ages."""

    def __init__(self, cloudwatch: Any, stage: str) -> None:
        """Read by a client of CloudWatch."""
        self._cloudwatch = cloudwatch
        self._stage = stage

    def read(self, queue_urls: Mapping[str, str], now: datetime) -> Mapping[str, Figures]:
        """Return sums of five minutes and the latest age by service; see `FigureSource`."""
        keys: dict[str, tuple[str, str]] = {}
        queries = []
        for number, (name, url) in enumerate(queue_urls.items()):
            failure = (metric_namespace(self._stage), FAILURE, "service", name)
            for statistic, metric in (
                ("SampleCount", failure),
                ("Sum", failure),
                ("Maximum", ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", url.rsplit("/", 1)[-1])),
            ):
                query_id = f"{statistic.lower()}{number}"
                keys[query_id] = (name, statistic)
                queries.append(_query(query_id, statistic, *metric))
        values = self._values(queries, keys, now)
        return {
            name: Figures(
                attempts=_sum(values.get((name, "SampleCount"))),
                failures=_sum(values.get((name, "Sum"))),
                oldest_seconds=next(iter(values.get((name, "Maximum"), ())), None),
            )
            for name in queue_urls
        }

    def _values(
        self, queries: list[dict[str, Any]], keys: Mapping[str, tuple[str, str]], now: datetime
    ) -> Mapping[tuple[str, str], list[float]]:
        """Return the values by service and statistic, the latest first."""
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=now - WINDOW, EndTime=now, ScanBy="TimestampDescending"
        )
        values: dict[tuple[str, str], list[float]] = {}
        for page in pages:
            for result in page["MetricDataResults"]:
                key = keys[result["Id"]]
                if (state := result.get("StatusCode")) in _NOT_RETURNED:
                    raise OperatorError(f"CloudWatch did not return the figures of {key[0]} ({state}): try again")
                values.setdefault(key, []).extend(result["Values"])
        return values


def _sum(values: list[float] | None) -> int | None:
    return round(sum(values)) if values else None


def _query(query_id: str, statistic: str, namespace: str, metric: str, dimension: str, value: str) -> dict[str, Any]:  # noqa: PLR0913, PLR0917 a metric has this many names
    identity = {"Namespace": namespace, "MetricName": metric, "Dimensions": [{"Name": dimension, "Value": value}]}
    return {"Id": query_id, "MetricStat": {"Metric": identity, "Period": _MINUTE, "Stat": statistic}}
