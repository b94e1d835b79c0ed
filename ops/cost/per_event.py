"""What one event costs on its whole way, part by part: computed from templates, catalogue and assumptions."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ops.cost import prices
from ops.cost.assumptions import Assumptions, Way
from ops.cost.bill import Price, Purpose
from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.identity import REMEMBERED_DAYS
from schemas.names import QUEUE_PROCESSOR
from schemas.system import SYSTEM_HEARTBEAT

_CHUNK = 65_536
"""Bytes that SQS and EventBridge bill as one."""

TRACED = 0.05
"""X-Ray's default rule records this share, and the first of each second."""

WRITES_A_JOB = 2
"""Powertools' PutItem when it begins and UpdateItem when it is done, each below 1 KB."""

REMEMBERED_BYTES = 350
"""Of one finished job in the table, DynamoDB's own 100 among them. A test measures a real one; likewise the next four:
"""

LINE_BYTES = 460
"""An outcome line that names no other message."""

LINK_BYTES = 55
"""What the id of another message adds to it: of one that follows, or of the one that caused it."""

METRICS_BYTES = 260
"""A batch's metrics record without its samples."""

SAMPLE_BYTES = 8
"""What a message adds to it, both metrics together."""

_PLATFORM_BYTES = 365
_PLATFORM_LINES = 3
"""Lambda's own START, END and REPORT of an invocation, the trace's id among them."""

LINE_OVERHEAD = 26
"""Bytes that CloudWatch Logs bills for each event on top of its text (PutLogEvents)."""

_MS_IN_GB_SECONDS = 1 / 1024 / 1000


@dataclass(frozen=True, kw_only=True)
class Time:
    """Milliseconds that a function is billed for one message, or for a batch of them."""

    ours: float
    other_side: float = 0.0

    @property
    def seconds(self) -> float:
        """In all."""
        return (self.ours + self.other_side) / 1000


def way_in(event_type: EventType[Any], by: Way) -> Way:
    """How events of a type come in, where services that may choose send so."""
    if event_type is SYSTEM_HEARTBEAT or any(event_type in each.schedules for each in CATALOGUE):
        return Way.SCHEDULER
    return by if event_type.sent_by else Way.BUS


def ingress_time(assumed: Assumptions) -> Time:
    """What the ingress takes for a batch."""
    return Time(ours=assumed.ingress_ms)


def batch_time(event_type: EventType[Any], records: float, assumed: Assumptions) -> Time:
    """What a type's function takes for a batch of so many records, one after the other."""
    if event_type.kind is Kind.JOB:
        return Time(ours=assumed.guard_ms * records, other_side=assumed.job_ms * records)
    waits = assumed.crm_ms * records if Needs.CRM in event_type.needs else 0.0
    return Time(ours=assumed.reaction_ms, other_side=waits)


Part = tuple[Purpose, float]
"""What is paid for, and dollars."""


class UsageCost:
    """Prices events."""

    def __init__(self, of: Sizes, assumed: Assumptions, *, with_follow_ups: bool = False) -> None:
        """Price events in a stage of these sizes.

        Args:
            of: the sizes.
            assumed: the rest.
            with_follow_ups: whether an event bears what follows from it: one of each type that its own declares.
        """
        self._sizes = of
        self._assumed = assumed
        self._with_follow_ups = with_follow_ups

    def alone(self) -> "UsageCost":
        """The same where all batches have one message."""
        return UsageCost(self._sizes, replace(self._assumed, batch_fill=0.0), with_follow_ups=self._with_follow_ups)

    def of(self, event_type: EventType[Any]) -> Price:
        """What one event of a type costs on its whole way."""
        total: dict[Purpose, float] = {}
        for purpose, dollars in self._whole_way(event_type, way_in(event_type, self._assumed.by), ()):
            total[purpose] = total.get(purpose, 0) + dollars
        return Price({purpose: dollars for purpose, dollars in total.items() if dollars})

    def _whole_way(self, event_type: EventType[Any], way: Way, above: tuple[EventType[Any], ...]) -> Iterator[Part]:
        yield from self._in(way)
        yield from self._over_the_bus()
        yield from self._done(event_type)
        is_caused = bool(above) or not event_type.sent_by
        yield Purpose.OUTCOME_LINES, (len(event_type.emits) + is_caused) * LINK_BYTES * prices.LOG_BYTE
        if not self._with_follow_ups:
            return
        chain = (*above, event_type)  # a type that schedules itself does so by way of exception
        for follow_ups, by in ((event_type.emits, Way.BUS), (event_type.schedules, Way.SCHEDULER)):
            for follow_up in sorted(follow_ups - set(chain), key=lambda each: each.name):
                yield from self._whole_way(follow_up, by, chain)

    def _in(self, way: Way) -> Iterator[Part]:
        if way is Way.BUS:
            return
        if way is Way.SCHEDULER:
            yield Purpose.SCHEDULE, prices.SCHEDULE
        yield Purpose.SENDS, self._requests(self._assumed.send_batch if way is Way.QUEUE else 1)
        yield from self._worked_off(QUEUE_PROCESSOR, ingress_time(self._assumed))

    def _over_the_bus(self) -> Iterator[Part]:
        size = self._assumed.message_bytes
        yield Purpose.EVENT, prices.EVENT * math.ceil(size / _CHUNK)
        if days := self._sizes.archive_days:
            yield Purpose.ARCHIVE, size * (prices.ARCHIVED_BYTE + prices.ARCHIVED_BYTE_MONTH * days / 30)
        yield Purpose.SENDS, self._requests(1)  # EventBridge sends each alone

    def _done(self, event_type: EventType[Any]) -> Iterator[Part]:
        folder = event_type.folder
        yield from self._worked_off(folder, batch_time(event_type, self._records(folder), self._assumed))
        if event_type.kind is Kind.JOB:
            yield Purpose.GUARD, WRITES_A_JOB * prices.DYNAMODB_WRITE
            kept = prices.DYNAMODB_BYTE_MONTH + (prices.DYNAMODB_BACKUP_BYTE_MONTH if self._sizes.backups else 0.0)
            yield Purpose.REMEMBERED, REMEMBERED_BYTES * kept * REMEMBERED_DAYS / 30

    def _worked_off(self, folder: str, batch: Time) -> Iterator[Part]:
        """From a queue by a function: received and deleted by the batch, run and told of."""
        records = self._records(folder)
        yield Purpose.RECEIVES, self._requests(records) + prices.SQS_REQUEST / records
        yield Purpose.INVOCATIONS, prices.LAMBDA_REQUEST / records
        millisecond = self._sizes.memory[folder] * _MS_IN_GB_SECONDS * prices.LAMBDA_GB_SECOND
        yield Purpose.COMPUTE, batch.ours * millisecond / records
        yield Purpose.OTHER_SIDE, batch.other_side * millisecond / records
        yield Purpose.OUTCOME_LINES, (LINE_BYTES + LINE_OVERHEAD) * prices.LOG_BYTE
        yield Purpose.METRICS, ((METRICS_BYTES + LINE_OVERHEAD) / records + SAMPLE_BYTES) * prices.LOG_BYTE
        platform = _PLATFORM_BYTES + _PLATFORM_LINES * LINE_OVERHEAD
        yield Purpose.PLATFORM_LINES, platform / records * prices.LOG_BYTE
        yield Purpose.TRACES, TRACED * prices.TRACE / records

    def _records(self, folder: str) -> float:
        """Of a batch."""
        return self._assumed.records(self._sizes.batch[folder])

    def _requests(self, together: float) -> float:
        """Dollars for a message's share in a request of so many."""
        return prices.SQS_REQUEST * math.ceil(together * self._assumed.message_bytes / _CHUNK) / together
