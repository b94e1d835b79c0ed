"""CloudWatch Logs Insights: runs a query over the logs of a stage, and stops it if the command is stopped.

The emulator knows no `stats`, so stage `local` is read line by line.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.terminal.errors import OperatorError

MAX_GROUPS = 50
"""Log groups in one query (CloudWatch Logs API, StartQuery)."""

MAX_ROWS = 10_000
"""Rows in one response (CloudWatch Logs API, GetQueryResults); a query gives it as its limit."""

_POLL_SECONDS = 1.0
_BACKOFF = (2.0, 4.0, 8.0)
"""Seconds before each new try after the account had as many queries running as it may."""

_TOO_MANY = "LimitExceededException"
_WITHOUT_RESULT = frozenset({"Failed", "Cancelled", "Timeout"})
"""Statuses of queries that ended without a result (CloudWatch Logs API, GetQueryResults)."""

Row = Mapping[str, str]
"""Values by field; a field without a value is absent."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a query found."""

    rows: tuple[Row, ...]
    scanned_bytes: int
    """Bytes of log lines that CloudWatch read; AWS charges for them."""

    is_cut: bool
    """Whether there may be more rows than CloudWatch returns."""


class Insights:
    """Runs queries of CloudWatch Logs Insights."""

    def __init__(self, logs: Any, sleep: Callable[[float], object] = time.sleep) -> None:
        """Query by a client of CloudWatch Logs."""
        self._logs = logs
        self._sleep = sleep

    def run(
        self,
        query: str,
        groups: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        progress: Callable[[int], object] = lambda _bytes: None,
    ) -> QueryResult:
        """Run a query over any number of log groups and wait for its end; none is left running.

        CloudWatch takes 50 groups a query. Of more, each 50 have their own rows.

        Args:
            query: the text, in the query language of CloudWatch Logs Insights.
            groups: names of the log groups.
            since: begin of the time range.
            until: end of the time range, to the second.
            progress: called with the bytes scanned so far.

        Raises:
            OperatorError: CloudWatch ended the query without a result.
            AwsError: AWS refuses or does not answer.
        """
        results = [
            self._run(query, groups[start : start + MAX_GROUPS], since, until, progress)
            for start in range(0, len(groups), MAX_GROUPS)
        ]
        return QueryResult(
            rows=tuple(row for each in results for row in each.rows),
            scanned_bytes=sum(each.scanned_bytes for each in results),
            is_cut=any(each.is_cut for each in results),
        )

    def _run(
        self, query: str, groups: Sequence[str], since: datetime, until: datetime, progress: Callable[[int], object]
    ) -> QueryResult:
        with aws_failures_as_sentences():
            query_id = self._start(
                queryString=query,
                logGroupNames=list(groups),
                startTime=int(since.timestamp()),
                endTime=ceil(until.timestamp()),
            )
            try:
                return self._result(query_id, progress)
            except BaseException:
                with suppress(ClientError, BotoCoreError):  # it may have ended, and what stopped it is to be reported
                    self._logs.stop_query(queryId=query_id)
                raise

    def _start(self, **request: Any) -> str:
        for wait in (*_BACKOFF, None):
            try:
                return str(self._logs.start_query(**request)["queryId"])
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _TOO_MANY:
                    raise
                if wait is None:
                    break
            self._sleep(wait)
        raise OperatorError(
            "this account runs as many queries of its logs as CloudWatch allows, those of open dashboards included: "
            "wait a little, then try again"
        )

    def _result(self, query_id: str, progress: Callable[[int], object]) -> QueryResult:
        while True:
            found = self._logs.get_query_results(queryId=query_id)
            status = found["status"]
            scanned = round(found.get("statistics", {}).get("bytesScanned", 0))
            progress(scanned)
            if status == "Complete":
                rows = tuple(
                    {each["field"]: each["value"] for each in row if "value" in each} for row in found["results"]
                )
                return QueryResult(rows, scanned, is_cut=len(rows) >= MAX_ROWS)
            if status in _WITHOUT_RESULT:
                raise OperatorError(
                    f"CloudWatch ended the query without a result ({status}): give a shorter time or one --type"
                )
            self._sleep(_POLL_SECONDS)
