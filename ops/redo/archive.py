"""Read messages back from the bus's archive: replay their time to the redo queue alone, and pick them from it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ops.messages.replay.replay import ReplayPlan, Replays
from ops.redo.selection import EndedMessage
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.progress import Progress, unseen
from publishing.batches import MAX_ENTRIES
from schemas.claims import claims
from schemas.names import REDO, redo_replay_prefix, resource_name

_BEFORE = timedelta(minutes=15)
"""How long before its first log line a message may have been put on the bus: it waited in its queue."""

_AFTER = timedelta(minutes=1)
"""Clocks differ, and a replay processes events in steps of a minute (EventBridge API, StartReplay)."""

_MAX_REPLAYS = 5
"""Time ranges to replay; the nearest ones become one. An account may have 10 active replays in a region."""

_WAIT_SECONDS = 1
"""How long SQS waits for an event before it answers that there is none."""

_EMPTY_RECEIVES = 3
"""Receives without an event, after the replay has ended, until all its events have been read."""

_EMPTY_RECEIVES_WHILE_SOME_LACK = 20

Key = tuple[str, str, str]
"""Id, type and tenant of a message; the SQS message id where the body has none."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A range of time to replay."""

    since: datetime
    until: datetime


def key_of(message: EndedMessage) -> Key:
    """The key by which a message is picked from the replayed events."""
    return message.key, message.type, message.company_id


def time_ranges(messages: Iterable[EndedMessage], *, since: datetime | None = None) -> list[TimeRange]:
    """Return the ranges in which messages were put on the bus, at most five, in order.

    Args:
        messages: the messages.
        since: the time from which on to look; None for 15 minutes before each message's first log line.
    """
    ranges: list[TimeRange] = []
    for each in sorted(messages, key=lambda each: each.first_at):
        begin, end = each.first_at - _BEFORE, each.first_at + _AFTER
        if since:
            begin = min(begin, since)
        if ranges and begin <= ranges[-1].until:
            ranges[-1] = TimeRange(min(ranges[-1].since, begin), max(ranges[-1].until, end))
        else:
            ranges.append(TimeRange(begin, end))
    while len(ranges) > _MAX_REPLAYS:
        gaps = [later.since - earlier.until for earlier, later in pairwise(ranges)]
        at = gaps.index(min(gaps))
        ranges[at : at + 2] = [TimeRange(ranges[at].since, ranges[at + 1].until)]
    return ranges


class ArchiveReader:
    """Reads the bodies of messages from the archive of a stage's bus."""

    def __init__(
        self, stage: DeployedStage, *, now: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Read with a clock, which names the replays, and a wait."""
        self._stage = stage
        self._replays = Replays(stage)
        self._sqs = stage.client("sqs")
        self._now = now
        self._sleep = sleep

    def read(
        self, messages: Sequence[EndedMessage], *, since: datetime | None = None, progress: Progress = unseen
    ) -> dict[Key, str]:
        """Return the bodies of messages, by their keys; those that the archive does not have are missing.

        Args:
            messages: the messages.
            since: the time from which on to look; None for 15 minutes before each message's first log line.
            progress: called with the number of messages found so far.

        Raises:
            OperatorError: the stage has no archive or no redo queue, another redo reads the archive, the replay
                failed, or AWS refuses.
        """
        if not messages:
            return {}
        wanted = {key_of(each) for each in messages}
        found: dict[Key, str] = {}
        url = self._stage.queue_url(resource_name(self._stage.name, REDO))
        self._refuse_another()
        began = self._now()
        for number, period in enumerate(time_ranges(messages, since=since), start=1):
            name = f"{redo_replay_prefix(self._stage.name)}{began:%Y%m%dT%H%M%S}-{number}"
            plan = self._replays.plan_redo(name, since=period.since, until=period.until, now=began)
            expected = {key_of(each) for each in messages if period.since <= each.first_at <= period.until}
            for body in self._bodies(plan, url, lambda expected=expected: found.keys() >= expected):  # type: ignore[misc]  # a default binds it
                claimed = claims(body)
                key = claimed.id, claimed.type, claimed.company_id
                if key in wanted and key not in found:  # a producer's repeat, or a second delivery by EventBridge
                    found[key] = body
                    progress(len(found))
        return found

    def _refuse_another(self) -> None:
        """Refuse while another redo reads the archive: what is received is deleted, whose ever it is."""
        if running := self._replays.running(redo_replay_prefix(self._stage.name)):
            raise OperatorError(
                f"another redo is reading the archive: replay {running}. Wait until it has ended, or cancel it: "
                f"taly-async replay --cancel {running} --stage {self._stage.name}"
            )

    def _bodies(self, plan: ReplayPlan, url: str, is_complete: Callable[[], bool]) -> Iterator[str]:
        """Start a replay, and yield the messages of all its events until it has ended and its queue is empty."""
        self._replays.start(plan)
        ended = False
        try:
            empty = 0  # receives since the end of the replay, or since the last event
            while not ended or empty < (_EMPTY_RECEIVES if is_complete() else _EMPTY_RECEIVES_WHILE_SOME_LACK):
                events = self._receive(url)
                yield from (body for event in events if (body := _message_of(event, plan.name)))
                empty = 0 if events or not ended else empty + 1
                ended = ended or (not events and self._has_ended(plan))
        finally:
            if not ended:
                with suppress(OperatorError):
                    self._replays.cancel(plan.name)

    def _has_ended(self, plan: ReplayPlan) -> bool:
        progress = next(self._replays.poll(plan.name, self._sleep))
        if progress.ended and progress.state != "COMPLETED":
            raise OperatorError(f"the replay {plan.name} ended as {progress.state}: {progress.reason or 'no reason'}")
        return progress.ended

    def _receive(self, url: str) -> list[Mapping[str, Any]]:
        """Receive events and delete them from the queue: the archive still has them."""
        with aws_failures_as_sentences():
            answer = self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=MAX_ENTRIES, WaitTimeSeconds=_WAIT_SECONDS
            )
            messages = answer.get("Messages", ())
            if messages:
                entries = [
                    {"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(messages)
                ]
                self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return [_event(each["Body"]) for each in messages]


def _event(body: str) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _message_of(event: Mapping[str, Any], replay: str) -> str:
    """The message of an event of a replay; empty for one that an earlier, interrupted command left in the queue."""
    return json.dumps(event.get("detail")) if event.get("replay-name") == replay else ""
