"""The log groups of a stage, read side by side: from a time on, or on and on, each event once."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.log_lines import LogLine, parse_all
from ops.terminal.errors import OperatorError
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR, SLACK_NOTIFIER, MonitoringOutput, ProcessingOutput

AUDIT = "audit"
"""Where people's deeds are written down."""

_AT_ONCE = 4
"""Calls. FilterLogEvents is granted 5 a second in some regions, to a whole account."""

_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a throttled call is made again, beyond what boto3 does by itself."""

_OVERLAP = timedelta(seconds=20)
"""That is read again: CloudWatch Logs gets the lines of one function earlier than those of another."""

CLOCK_SKEW = timedelta(minutes=1)
"""How much AWS's clocks and this machine's may differ."""

_THROTTLES = {"ThrottlingException", "LimitExceededException", "TooManyRequestsException"}
_GONE = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a log."""

    key: str
    """Tells it from all others, and is the same whenever it is read."""

    group: str
    stream: str
    text: str
    at_ms: int
    """Milliseconds since 1970, by the clock of who wrote it."""


def of_functions(stage: DeployedStage) -> dict[str, str]:
    """The groups of the functions by service, the ingress's first; types that are not deployed yet have none.

    Raises:
        OperatorError: there is no such stage here.
    """
    groups = {QUEUE_PROCESSOR: stage.output("Processing", ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME)}
    for event_type in CATALOGUE:
        with suppress(OperatorError):
            key = ProcessingOutput.log_group_name(event_type.construct_id)
            groups[event_type.name] = stage.output("Processing", key)
    return groups


def of_people(stage: DeployedStage) -> dict[str, str]:
    """The groups that say what people did and were told, as far as the stage has them."""
    keys = {
        AUDIT: getattr(MonitoringOutput, "AUDIT_LOG_GROUP_NAME", ""),
        SLACK_NOTIFIER: MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME,
    }
    groups = {}
    for who, key in keys.items():
        with suppress(OperatorError):
            groups[who] = stage.output("Monitoring", key)
    return groups


class LogGroups:
    """Reads many groups, a few at a time."""

    def __init__(self, logs: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        """Read by this client of CloudWatch Logs."""
        self._logs = logs
        self._sleep = sleep

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
        """All lines that match, each group from its own time on.

        Args:
            begins: the times, by the groups' names.
            pattern: a filter pattern of CloudWatch Logs.
            done: is told whenever a group is read.

        Raises:
            AwsError: AWS refuses.
        """

        def read_one(group: str) -> list[Event]:
            events = list(self._events(group, int(begins[group].timestamp() * 1000), pattern))
            done()
            return events

        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="logs")
        try:
            with aws_failures_as_sentences():
                return [event for events in pool.map(read_one, begins) for event in events]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever stops it, or is refused, waits for nothing more

    def _events(self, group: str, since_ms: int, pattern: str) -> Iterator[Event]:
        """None where there is no such group any more."""
        request = {"logGroupName": group, "startTime": max(0, since_ms), "filterPattern": pattern}
        alike: Counter[tuple[str, int, str]] = Counter()
        token = ""
        while True:
            page = self._page(request | ({"nextToken": token} if token else {}))
            for found in page.get("events", ()):
                stream, text, at_ms = found.get("logStreamName", ""), found["message"], found["timestamp"]
                key = found.get("eventId", "")
                if not key:  # the emulator gives none: an event is known by how many before it are alike, too
                    alike[stream, at_ms, text] += 1
                    key = f"{group} {stream} {at_ms} {alike[stream, at_ms, text]} {text}"
                yield Event(key, group, stream, text, at_ms)
            before, token = token, page.get("nextToken", "")
            if token in {"", before}:
                return

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        for wait in (*_WAITS, None):
            try:
                page: Mapping[str, Any] = self._logs.filter_log_events(**request)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code == _GONE:
                    break
                if code not in _THROTTLES or wait is None:
                    raise
                self._sleep(wait)
            else:
                return page
        return {}


class LogTail:
    """Reads groups on and on: each event once, also one that arrives after younger ones."""

    def __init__(
        self,
        groups: LogGroups,
        *,
        since: datetime,
        pattern: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read from a time on.

        Args:
            groups: reads them.
            since: by the clocks of the functions.
            pattern: a filter pattern of CloudWatch Logs; empty for all.
            now: the time in UTC.
        """
        self._groups = groups
        self._since = since
        self._pattern = pattern
        self._now = now
        self._begins: dict[str, datetime] = {}
        self._known: dict[str, dict[str, int]] = {}
        """By group: when each event was written that may be read again, in milliseconds since 1970."""

    def read(self, groups: Mapping[str, str]) -> list[Event]:
        """What is new in these groups, group by group, in order within each stream.

        Raises:
            AwsError: AWS refuses, or does not answer; what comes next is not lost by it.
        """
        began = self._now()
        begins = {group: self._begins.get(group, self._since) for group in groups.values()}
        events = {event.key: event for event in self._groups.read_from(begins, self._pattern)}
        fresh = [event for key, event in events.items() if key not in self._known.get(event.group, ())]
        for event in fresh:
            self._known.setdefault(event.group, {})[event.key] = event.at_ms
        for group, begin in begins.items():
            self._go_on(group, begin, began)
        return fresh

    def _go_on(self, group: str, begin: datetime, began: datetime) -> None:
        """Forget what is not read again: what is older than the overlap, by the clock too, as a group may be quiet."""
        known = self._known.get(group, {})
        youngest = datetime.fromtimestamp(max(known.values(), default=0) / 1000, UTC)
        begin = max(begin, began - _OVERLAP, youngest - _OVERLAP)
        begin_ms = int(begin.timestamp() * 1000)
        self._begins[group] = begin
        self._known[group] = {key: at_ms for key, at_ms in known.items() if at_ms >= begin_ms}
