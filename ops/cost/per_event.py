"""The price of one event end to end, computed by part from templates, catalogue and assumptions."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ops.cost import prices
from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.bill import Price, Purpose
from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.identity import REMEMBERED_DAYS
from schemas.names import QUEUE_PROCESSOR
from schemas.ses import SES_EVENT
from schemas.system import SYSTEM_HEARTBEAT

_CHUNK = 65_536
"""Bytes that SQS and EventBridge charge as one request or event."""

TRACED = 0.05
"""Share of invocations that X-Ray's default rule records, beside the first of each second."""

WRITES_PER_JOB = 2
"""Powertools' PutItem before the job and UpdateItem after it, each below 1 KB."""

NOTES_PER_CALL = 0.1
"""Writes, at most, that note in the idempotency table that a called system works (`Circuit.succeeded`).

A process writes one after ten calls at least, and every 30 seconds at most: under load it writes far fewer.
"""

NOTES_PER_FAILURE = 2.1
"""Writes for a try that its endpoint does not take: the claim of the call, the failure, and rarely the index."""

RECORD_BYTES = 350
"""Size of one stored idempotency record, with DynamoDB's overhead of 100 bytes.

Tests compare this and the next five sizes with what functions write.
"""

LINE_BYTES = 418
"""An outcome line without ids of other messages: the first of its chain, whose correlation id is its own id."""

LINK_BYTES = 55
"""The id of another message in an outcome line: a follow-up, the causation id, or the correlation id."""

SUBJECT_BYTES = 60
"""The subject in an outcome line, such as `booking/0b7e3c52-…`, of a type that has one."""

CAUSE_BYTES = 2 * LINK_BYTES
"""The part of a line that only a message with a cause has: the causation id and the correlation id."""

METRICS_BYTES = 260
"""A batch's metrics record without samples."""

SAMPLE_BYTES = 8
"""One message's samples in a metrics record, both metrics together."""

_PLATFORM_BYTES = 365
_PLATFORM_LINES = 3
"""Lambda's START, END and REPORT lines of an invocation, with the trace id."""

LINE_OVERHEAD = 26
"""Bytes that CloudWatch Logs charges for each log event on top of its text (PutLogEvents)."""

_MS_IN_GB_SECONDS = 1 / 1024 / 1000


@dataclass(frozen=True, kw_only=True)
class FunctionTime:
    """Milliseconds of a function for one message or batch."""

    compute: float
    waiting: float = 0.0
    """Wait for the called service."""

    @property
    def seconds(self) -> float:
        """The total in seconds."""
        return (self.compute + self.waiting) / 1000


def entry_point_of(event_type: EventType[Any], chosen: EntryPoint) -> EntryPoint:
    """Return where events of a type enter; services that have a choice use `chosen`."""
    if event_type is SES_EVENT:
        return EntryPoint.DEFAULT_BUS
    if event_type is SYSTEM_HEARTBEAT or any(event_type in each.schedules for each in CATALOGUE):
        return EntryPoint.SCHEDULER
    return chosen if event_type.sent_by else EntryPoint.BUS


def ingress_time(assumed: Assumptions) -> FunctionTime:
    """Return the time of the ingress function for a batch."""
    return FunctionTime(compute=assumed.ingress_ms)


def batch_time(event_type: EventType[Any], records: float, assumed: Assumptions) -> FunctionTime:
    """Return the time of a type's function for a batch, which it processes one record after the other."""
    if event_type.kind is Kind.JOB:
        return FunctionTime(compute=assumed.guard_ms * records, waiting=assumed.job_ms * records)
    waiting = assumed.crm_ms * records if Needs.CRM in event_type.needs else 0.0
    return FunctionTime(compute=assumed.reaction_ms, waiting=waiting)


Part = tuple[Purpose, float]
"""A purpose and its dollars."""


class UsageCost:
    """Computes prices of events."""

    def __init__(self, sizes: Sizes, assumed: Assumptions, *, with_follow_ups: bool = False) -> None:
        """Compute prices for a stage.

        Args:
            sizes: the sizes of the stage.
            assumed: batches, durations and message size.
            with_follow_ups: include one follow-up of each type that an event's type declares.
        """
        self._sizes = sizes
        self._assumed = assumed
        self._with_follow_ups = with_follow_ups

    def unbatched(self) -> "UsageCost":
        """Return the same computation with batches of one message."""
        return UsageCost(self._sizes, replace(self._assumed, batch_fill=0.0), with_follow_ups=self._with_follow_ups)

    def of(self, event_type: EventType[Any]) -> Price:
        """Return the price of one event of a type, end to end."""
        return _sum(self._end_to_end(event_type, entry_point_of(event_type, self._assumed.entry_point), ()))

    def waiting_round(self, event_type: EventType[Any]) -> Price:
        """Return the price of one round of a copy that waits: sent, received, and sent again after one read."""
        look = FunctionTime(compute=self._assumed.guard_ms / 2)  # one call to DynamoDB of the guard's two
        parts = [*self._copy(event_type), *self._consumed(event_type.folder, look), *self._endpoint_read()]
        return _sum(part for part in parts if part[0] is not Purpose.METRICS)

    def failed_try(self, event_type: EventType[Any]) -> Price:
        """Return the price of one more try, by a copy, that its receiver does not take."""
        notes = Purpose.ENDPOINT_NOTES, NOTES_PER_FAILURE * prices.DYNAMODB_WRITE
        parts = [*self._copy(event_type), *self._function(event_type), notes]
        # No metric is written, and the record of the job is deleted instead of kept, which is a write all the same.
        return _sum(part for part in parts if part[0] not in {Purpose.METRICS, Purpose.IDEMPOTENCY_STORAGE})

    def _end_to_end(
        self, event_type: EventType[Any], entry_point: EntryPoint, parents: tuple[EventType[Any], ...]
    ) -> Iterator[Part]:
        if entry_point is EntryPoint.DEFAULT_BUS:
            yield from self._event()
        else:
            yield from self._entry(entry_point)
            yield from self._bus()
        yield from self._function(event_type)
        has_cause = bool(parents) or not event_type.sent_by
        # A job emits in exceptional cases only.
        emits = event_type.emits if event_type.kind is Kind.REACTION else frozenset()
        links = len(emits) * LINK_BYTES + has_cause * CAUSE_BYTES + bool(event_type.subject) * SUBJECT_BYTES
        yield Purpose.OUTCOME_LINES, links * prices.LOG_BYTE
        if not self._with_follow_ups:
            return
        chain = (*parents, event_type)  # types that schedule themselves do so in exceptional cases only
        for follow_ups, by in ((emits, EntryPoint.BUS), (event_type.schedules, EntryPoint.SCHEDULER)):
            for follow_up in sorted(follow_ups - set(chain), key=lambda each: each.name):
                yield from self._end_to_end(follow_up, by, chain)

    def _entry(self, entry_point: EntryPoint) -> Iterator[Part]:
        if entry_point is EntryPoint.BUS:
            return
        if entry_point is EntryPoint.SCHEDULER:
            yield Purpose.SCHEDULE, prices.SCHEDULE
        yield Purpose.SENDS, self._request(self._assumed.send_batch if entry_point is EntryPoint.QUEUE else 1)
        yield from self._consumed(QUEUE_PROCESSOR, ingress_time(self._assumed))

    def _bus(self) -> Iterator[Part]:
        yield from self._event()
        if days := self._sizes.archive_days:
            byte = prices.ARCHIVED_BYTE + prices.ARCHIVED_BYTE_MONTH * days / 30
            yield Purpose.ARCHIVE, self._assumed.message_bytes * byte

    def _event(self) -> Iterator[Part]:
        yield Purpose.EVENT, prices.EVENT * math.ceil(self._assumed.message_bytes / _CHUNK)
        yield Purpose.SENDS, self._request(1)  # EventBridge sends each event in a request of one

    def _function(self, event_type: EventType[Any]) -> Iterator[Part]:
        folder = event_type.folder
        yield from self._consumed(folder, batch_time(event_type, self._records(folder), self._assumed))
        if event_type.needs & {Needs.CRM, Needs.EMAIL, Needs.SMS}:
            yield Purpose.SUCCESS_NOTES, NOTES_PER_CALL * prices.DYNAMODB_WRITE
        if event_type.delivery_delays:
            yield from self._endpoint_read()
        if Needs.SUPPRESSED in event_type.needs:
            yield Purpose.SUPPRESSION_READS, prices.DYNAMODB_EVENTUAL_READ
        if Needs.SUPPRESSION_LIST in event_type.needs:
            yield Purpose.SUPPRESSION_WRITES, prices.DYNAMODB_WRITE
        if event_type.kind is Kind.JOB:
            yield Purpose.IDEMPOTENCY_WRITES, WRITES_PER_JOB * prices.DYNAMODB_WRITE
            byte_month = prices.DYNAMODB_BYTE_MONTH
            byte_month += prices.DYNAMODB_BACKUP_BYTE_MONTH if self._sizes.backups else 0.0
            yield Purpose.IDEMPOTENCY_STORAGE, RECORD_BYTES * byte_month * REMEMBERED_DAYS / 30

    def _copy(self, event_type: EventType[Any]) -> Iterator[Part]:
        """Yield the send of a copy, and the longer line of a message with a cause."""
        yield Purpose.SENDS, self._request(1)
        yield Purpose.OUTCOME_LINES, (CAUSE_BYTES + bool(event_type.subject) * SUBJECT_BYTES) * prices.LOG_BYTE

    def _endpoint_read(self) -> Iterator[Part]:
        yield Purpose.ENDPOINT_READS, prices.DYNAMODB_READ

    def _consumed(self, folder: str, batch: FunctionTime) -> Iterator[Part]:
        """Yield a message's share of receive, delete, invocation, duration, logs and trace of a function."""
        records = self._records(folder)
        yield Purpose.RECEIVES, self._request(records) + prices.SQS_REQUEST / records
        yield Purpose.INVOCATIONS, prices.LAMBDA_REQUEST / records
        millisecond = self._sizes.memory[folder] * _MS_IN_GB_SECONDS * prices.LAMBDA_GB_SECOND
        yield Purpose.COMPUTE, batch.compute * millisecond / records
        yield Purpose.WAITING, batch.waiting * millisecond / records
        yield Purpose.OUTCOME_LINES, (LINE_BYTES + LINE_OVERHEAD) * prices.LOG_BYTE
        yield Purpose.METRICS, ((METRICS_BYTES + LINE_OVERHEAD) / records + SAMPLE_BYTES) * prices.LOG_BYTE
        platform = _PLATFORM_BYTES + _PLATFORM_LINES * LINE_OVERHEAD
        yield Purpose.PLATFORM_LINES, platform / records * prices.LOG_BYTE
        yield Purpose.TRACES, TRACED * prices.TRACE / records

    def _records(self, folder: str) -> float:
        return self._assumed.records(self._sizes.batch[folder])

    def _request(self, messages: float) -> float:
        """Return the dollars of one message's share in a request with this number of messages."""
        return prices.SQS_REQUEST * math.ceil(messages * self._assumed.message_bytes / _CHUNK) / messages


def _sum(parts: Iterable[Part]) -> Price:
    total: dict[Purpose, float] = {}
    for purpose, dollars in parts:
        total[purpose] = total.get(purpose, 0) + dollars
    return Price({purpose: dollars for purpose, dollars in total.items() if dollars})
