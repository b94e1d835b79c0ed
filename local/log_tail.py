"""Log groups, read on and on: each event once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

_OVERLAP_MS = 5_000
"""Milliseconds that are read again, for events that arrive after younger ones."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line."""

    stream: str
    message: str


_Key = tuple[LogEvent, int, int]


class LogTail:
    """Reads what has been added to log groups."""

    def __init__(self, logs: "CloudWatchLogsClient", *, since_ms: int, pattern: str = "") -> None:
        """Read from a time on.

        Args:
            logs: the client.
            since_ms: in milliseconds since 1970.
            pattern: a filter pattern of CloudWatch Logs; empty for all.
        """
        self._logs = logs
        self._since_ms = since_ms
        self._pattern = pattern
        self._from: dict[str, int] = {}
        self._known: dict[str, set[_Key]] = {}

    def read(self, groups: Iterable[str]) -> list[LogEvent]:
        """What is new in these groups, in order within each stream."""
        return [event for group in groups for event in self._read_on(group)]

    def _read_on(self, group: str) -> Iterator[LogEvent]:
        """The emulator gives no event ids: an event is known by its line, its time, and how many before are alike."""
        since, known = self._from.get(group, self._since_ms), self._known.get(group, set())
        alike: Counter[tuple[LogEvent, int]] = Counter()
        keys: set[_Key] = set()
        for found in self._events(group, since):
            event, at = LogEvent(found["logStreamName"], found["message"]), found["timestamp"]
            alike[event, at] += 1
            key = (event, at, alike[event, at])
            keys.add(key)
            if key not in known:
                yield event
        self._from[group] = max([since, *(at - _OVERLAP_MS for _, at, _ in keys)])
        self._known[group] = {key for key in keys if key[1] >= self._from[group]}

    def _events(self, group: str, since: int) -> "Iterator[FilteredLogEventTypeDef]":
        """None where there is no such group yet: Lambda makes one at a function's first invocation."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=since, filterPattern=self._pattern
        )
        try:
            for page in pages:
                yield from page["events"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
