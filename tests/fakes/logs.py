"""CloudWatch Logs in memory.

The limits are from the API reference (CreateLogStream, PutLogEvents, FilterLogEvents, StartQuery).
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.service import FakeService, client_error

MAX_EVENTS = 10_000
"""Events in a PutLogEvents call."""

MAX_BYTES = 1_048_576
"""Bytes in a PutLogEvents call, with 26 bytes for each event besides its text."""

EVENT_BYTES = 26
MAX_SPAN_MS = 24 * 3_600_000
"""Milliseconds between the first and the last event of a PutLogEvents call."""

MAX_PATTERN = 1_024
"""Characters of a filter pattern."""

MAX_QUERY_GROUPS = 50
"""Log groups in a StartQuery call."""

_STREAM_NAME = re.compile("[^:*]{1,512}")
_COUNTING = re.compile(
    r"""filter outcome in \[(?P<outcomes>[^]]+)\](?: and company_id = "(?P<tenant>[^"]+)")?
\| stats count\(\*\) as lines by (?P<fields>[a-z_, ]+)
\| sort lines desc
\| limit (?P<limit>[0-9]+)"""
)
"""The one form of queries that the fake answers."""


@dataclass(kw_only=True)
class FakeLogs(FakeService):
    """Log groups with lines written by functions (a test's `write`) and events put by the API."""

    groups: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Events by group: milliseconds since 1970 and the text."""

    page: int = 2
    """Events on each page of FilterLogEvents."""

    streams: list[tuple[str, str]] = field(default_factory=list)
    """Group and name of each created stream."""

    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    """The events of each PutLogEvents call."""

    statuses: tuple[str, ...] = ("Scheduled", "Running", "Complete")
    """What GetQueryResults says of a query, one call after the other."""

    queries: dict[str, list[str]] = field(default_factory=dict)
    """Statuses that are left of each query that was started, by its id."""

    stopped: list[str] = field(default_factory=list)
    """Queries that were stopped."""

    _started: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """Requests of queries, by id."""

    too_old: bool = False
    """Whether events are refused for their time, as from a machine with a wrong clock."""

    def write(self, group: str, at: datetime, **fields: Any) -> None:
        """Write a line as a function does, after Lambda's START line; a field can override the timestamp."""
        line = json.dumps({"timestamp": at.isoformat(timespec="milliseconds")} | fields)
        self.groups.setdefault(group, [(0, "START RequestId: 1")]).append((int(at.timestamp() * 1000), line))

    def lines(self) -> list[dict[str, Any]]:
        """All events that were put, parsed."""
        return [json.loads(event["message"]) for batch in self.batches for event in batch]

    def create_log_stream(self, **request: str) -> None:
        with self.called("create_log_stream", request):
            assert _STREAM_NAME.fullmatch(request["logStreamName"]), "InvalidParameterException: logStreamName"
            stream = request["logGroupName"], request["logStreamName"]
            if stream in self.streams:
                raise client_error("ResourceAlreadyExistsException", "CreateLogStream")
            self.streams.append(stream)

    def put_log_events(self, **request: Any) -> dict[str, Any]:
        with self.called("put_log_events", request):
            events = request["logEvents"]
            times = [event["timestamp"] for event in events]
            assert 1 <= len(events) <= MAX_EVENTS, "InvalidParameterException: 1 to 10,000 events"
            size = sum(len(event["message"].encode()) + EVENT_BYTES for event in events)
            assert size <= MAX_BYTES, "InvalidParameterException: upload too large"
            assert times == sorted(times), "InvalidParameterException: events must be in chronological order"
            assert times[-1] - times[0] <= MAX_SPAN_MS, "InvalidParameterException: a batch spans 24 hours at most"
            if self.too_old:
                return {"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}
            self.batches.append(events)
            self.groups.setdefault(request["logGroupName"], []).extend(
                (event["timestamp"], event["message"]) for event in events
            )
            return {}

    def describe_log_groups(self, **request: str) -> dict[str, Any]:
        with self.called("describe_log_groups", request):
            found = {name: each for name, each in self.groups.items() if name.startswith(request["logGroupNamePrefix"])}
            sizes = {name: sum(len(text) for _, text in events) for name, events in found.items()}
            return {"logGroups": [{"logGroupName": name, "storedBytes": size} for name, size in sizes.items()]}

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        """Find events with a quoted term. A pattern of JSON fields matches all, since callers check each event."""
        with self.called("filter_log_events", request):
            pattern = request["filterPattern"]
            assert len(pattern) <= MAX_PATTERN, "InvalidParameterException: filterPattern"
            assert request["startTime"] >= 0, "InvalidParameterException: startTime"
            term = "" if pattern.startswith("{") else pattern.strip('"')
            events = [
                {"timestamp": at, "message": text, "logStreamName": "stream"}
                for at, text in self.groups.get(request["logGroupName"], ())
                if at >= request["startTime"] and term in text
            ]
            begin = int(request.get("nextToken", 0))
            more = {"nextToken": str(begin + self.page)} if begin + self.page < len(events) else {}
            return {"events": events[begin : begin + self.page], **more}

    def start_query(self, **request: Any) -> dict[str, Any]:
        with self.called("start_query", request):
            assert 1 <= len(request["logGroupNames"]) <= MAX_QUERY_GROUPS, "InvalidParameterException: logGroupNames"
            assert isinstance(request["startTime"], int), "seconds since 1970"
            assert isinstance(request["endTime"], int), "seconds since 1970"
            assert _COUNTING.fullmatch(request["queryString"]), "MalformedQueryException"
            query_id = f"query-{len(self.queries)}"
            self.queries[query_id] = list(self.statuses)
            self._started[query_id] = request
            return {"queryId": query_id}

    def get_query_results(self, **request: str) -> dict[str, Any]:
        """Answer as AWS does: with the rows so far while the query runs, values as texts, a null without a field."""
        with self.called("get_query_results", request):
            statuses = self.queries[request["queryId"]]
            status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
            started = self._started[request["queryId"]]
            events = [event for group in started["logGroupNames"] for event in self.groups.get(group, ())]
            scanned = float(sum(len(text) for _, text in events)) if status != "Scheduled" else 0.0
            rows = _counted(events, started) if status == "Complete" else []
            return {"status": status, "results": rows, "statistics": {"bytesScanned": scanned, "recordsMatched": 0.0}}

    def stop_query(self, **request: str) -> dict[str, Any]:
        with self.called("stop_query", request):
            self.stopped.append(request["queryId"])
            return {"success": True}


def _counted(events: list[tuple[int, str]], request: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    query = _COUNTING.fullmatch(request["queryString"])
    assert query
    fields, outcomes = query["fields"].split(", "), set(json.loads(f"[{query['outcomes']}]"))
    found: Counter[tuple[str | None, ...]] = Counter()
    for at, text in events:
        line = json.loads(text) if text.startswith("{") else {}
        in_time = request["startTime"] * 1000 <= at <= request["endTime"] * 1000
        if in_time and line.get("outcome") in outcomes and query["tenant"] in {None, line.get("company_id")}:
            found[tuple(line.get(name) for name in fields)] += 1
    return [
        [
            *({"field": name, "value": value} for name, value in zip(fields, values, strict=True) if value),
            {"field": "lines", "value": str(lines)},
        ]
        for values, lines in found.most_common(int(query["limit"]))
    ]
