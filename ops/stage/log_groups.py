"""The log groups of a stage: read several at once from a time on, or follow them, each event once."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage, NotDeployedError
from ops.stage.log_lines import LogLine, parse_all
from ops.stage.services import service
from schemas.catalogue import BY_NAME
from schemas.names import (
    ALERTS,
    AUDIT,
    DEAD_LETTER_KEEPER,
    QUEUE_PROCESSOR,
    SLACK_NOTIFIER,
    log_group_name,
    queue_name,
    resource_name,
)

_CONCURRENCY = 4
"""Calls at the same time. In some regions, an account may make 5 calls of FilterLogEvents per second."""

_BACKOFF = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each retry of a throttled call, after boto3's retries."""

_OVERLAP = timedelta(seconds=20)
"""How much is read again: CloudWatch Logs receives the lines of one function later than those of another."""

_THROTTLES = {"ThrottlingException", "LimitExceededException", "TooManyRequestsException"}
_NO_GROUP = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a log."""

    key: str
    """Identifies the event, whenever it is read."""

    group: str
    stream: str
    text: str
    at_ms: int
    """Milliseconds since 1970, by the writer's clock."""


def of_functions(stage: DeployedStage, names: Sequence[str] = ()) -> dict[str, str]:
    """Return the log groups of functions by service.

    Args:
        stage: the stage.
        names: the services; none: the ingress, and all types that are deployed, as a new type may not be yet.

    Raises:
        OperatorError: there is no such service.
        NotDeployedError: there is no such stage in this account and region, or it does not have the service yet.
        AwsError: AWS refuses or does not answer.
    """
    if names:
        return {name: _of_function(stage, name) for name in names}
    groups = {QUEUE_PROCESSOR: _of_function(stage, QUEUE_PROCESSOR)}
    for name in BY_NAME:
        with suppress(NotDeployedError):
            groups[name] = _of_function(stage, name)
    return groups


def _of_function(stage: DeployedStage, name: str) -> str:
    here = service(name, stage)
    stage.queue_url(queue_name(stage.name, here.name))  # a log group that does not exist reads as an empty one
    return here.log_group


def of_audit_and_alerts(stage: DeployedStage) -> dict[str, str]:
    """Return the log groups of operators' actions, alerts and renewals; empty while there is no Monitoring stack.

    Raises:
        AwsError: AWS refuses or does not answer.
    """
    try:
        stage.queue_url(queue_name(stage.name, ALERTS))  # of the same stack
    except NotDeployedError:
        return {}
    functions = (SLACK_NOTIFIER, DEAD_LETTER_KEEPER)
    return {AUDIT: resource_name(stage.name, AUDIT)} | {name: log_group_name(stage.name, name) for name in functions}


class LogGroups:
    """Reads log groups, several at the same time."""

    def __init__(self, logs: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        """Read by a client of CloudWatch Logs."""
        self._logs = logs
        self._sleep = sleep
        self._absent: set[str] = set()

    @property
    def absent(self) -> frozenset[str]:
        """The groups that did not exist when they were read last."""
        return frozenset(self._absent)

    def lines(
        self, groups: Iterable[str], since: datetime, pattern: str, done: Callable[[], object] = lambda: None
    ) -> list[LogLine]:
        """Read what several groups say of messages, group by group.

        Args:
            groups: the groups' names.
            since: the time from which on to read, by the functions' clocks.
            pattern: a filter pattern of CloudWatch Logs.
            done: called whenever a group has been read.

        Raises:
            AwsError: AWS refuses.
        """
        events = self.read_from(dict.fromkeys(groups, since), pattern, done)
        return parse_all((event.text, event.at_ms) for event in events)

    def read_from(
        self, begins: Mapping[str, datetime], pattern: str, done: Callable[[], object] = lambda: None
    ) -> list[Event]:
        """Read all events that match, each group from another time on.

        Args:
            begins: the times, by the groups' names.
            pattern: a filter pattern of CloudWatch Logs.
            done: called whenever a group has been read.

        Raises:
            NotDeployedError: none of the groups exists; where only some are missing, those read as empty.
            AwsError: AWS refuses.
        """
        found: dict[str, list[Event]] = {group: [] for group in begins}
        self.stream(begins, pattern, lambda event: found[event.group].append(event), done)
        return [event for events in found.values() for event in events]

    def stream(
        self,
        begins: Mapping[str, datetime],
        pattern: str,
        take: Callable[[Event], object],
        done: Callable[[], object] = lambda: None,
    ) -> None:
        """Hand over all events that match, as soon as they are read: only a page of each group is in memory.

        Args:
            begins: the times from which on to read, by the groups' names.
            pattern: a filter pattern of CloudWatch Logs.
            take: takes an event; called by several threads, in order within a group.
            done: called whenever a group has been read.

        Raises:
            NotDeployedError: none of the groups exists; where only some are missing, those read as empty.
            AwsError: AWS refuses.
        """

        def read_one(group: str) -> None:
            for event in self._events(group, int(begins[group].timestamp() * 1000), pattern):
                take(event)
            done()

        pool = ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="logs")
        try:
            with aws_failures_as_sentences():
                for _ in pool.map(read_one, begins):
                    pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C and a refusal do not wait for the other calls
        if begins and self._absent >= begins.keys():
            raise NotDeployedError(
                f"there is no log group {min(begins)}: is the stage deployed in part? Deploy all of it"
            )

    def _events(self, group: str, since_ms: int, pattern: str) -> Iterator[Event]:
        """The matching events of a group; none if the group does not exist any more."""
        request = {"logGroupName": group, "startTime": max(0, since_ms), "filterPattern": pattern}
        alike: Counter[tuple[str, int, str]] = Counter()
        token = ""
        while True:
            page = self._page(request | ({"nextToken": token} if token else {}))
            for found in page.get("events", ()):
                stream, text, at_ms = found.get("logStreamName", ""), found["message"], found["timestamp"]
                key = found.get("eventId", "")
                if not key:  # the emulator gives none: equal events are told apart by their number
                    alike[stream, at_ms, text] += 1
                    key = f"{group} {stream} {at_ms} {alike[stream, at_ms, text]} {text}"
                yield Event(key, group, stream, text, at_ms)
            before, token = token, page.get("nextToken", "")
            if token in {"", before}:
                return

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        for wait in (*_BACKOFF, None):
            try:
                page: Mapping[str, Any] = self._logs.filter_log_events(**request)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code == _NO_GROUP:
                    self._absent.add(request["logGroupName"])
                    break
                if code not in _THROTTLES or wait is None:
                    raise
                self._sleep(wait)
            else:
                self._absent.discard(request["logGroupName"])
                return page
        return {}


class LogTail:
    """Follows log groups: returns each event once, even one that arrives after newer ones."""

    def __init__(
        self,
        groups: LogGroups,
        *,
        since: datetime,
        pattern: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Follow groups from a time on.

        Args:
            groups: reads the groups.
            since: the time from which on to read, by the functions' clocks.
            pattern: a filter pattern of CloudWatch Logs; empty for all.
            now: the time in UTC.
        """
        self._groups = groups
        self._since = since
        self._pattern = pattern
        self._now = now
        self._begins: dict[str, datetime] = {}
        self._known: dict[str, dict[str, int]] = {}
        """By group and event key: when an event that may be read again was written, in milliseconds since 1970."""

    def read(self, groups: Mapping[str, str]) -> list[Event]:
        """Read the new events of groups, group by group, in order within each stream.

        Raises:
            AwsError: AWS refuses or does not answer; the next call returns the events.
        """
        began = self._now()
        begins = {group: self._begins.get(group, self._since) for group in groups.values()}
        events = {event.key: event for event in self._groups.read_from(begins, self._pattern)}
        fresh = [event for key, event in events.items() if key not in self._known.get(event.group, ())]
        for event in fresh:
            self._known.setdefault(event.group, {})[event.key] = event.at_ms
        for group, begin in begins.items():
            self._advance(group, begin, began)
        return fresh

    def _advance(self, group: str, begin: datetime, began: datetime) -> None:
        """Move the beginning of the next read; forget events before it. The clock counts too: a group may be quiet."""
        known = self._known.get(group, {})
        youngest = datetime.fromtimestamp(max(known.values(), default=0) / 1000, UTC)
        begin = max(begin, began - _OVERLAP, youngest - _OVERLAP)
        begin_ms = int(begin.timestamp() * 1000)
        self._begins[group] = begin
        self._known[group] = {key: at_ms for key, at_ms in known.items() if at_ms >= begin_ms}
