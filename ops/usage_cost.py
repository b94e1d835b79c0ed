"""What one event costs on its whole way, service by service: computed from templates, catalogue and assumptions."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ops import prices
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.identity import REMEMBERED_DAYS
from schemas.names import QUEUE_PROCESSOR
from schemas.system import SYSTEM_HEARTBEAT

Template = Mapping[str, Any]

_CHUNK = 65_536
"""Bytes that SQS and EventBridge bill as one."""

_INGRESS_MS = 30.0
_TRACED = 0.05
"""X-Ray's default rule records this share, and the first of each second."""

_WRITES_A_JOB = 2
"""Powertools' PutItem when it begins and UpdateItem when it is done, each below 1 KB."""

_REMEMBERED_BYTES = 300
"""Of one finished job in the table, DynamoDB's own 100 among them."""

LINE_BYTES = 700
"""An outcome line; a test measures a real one."""

METRICS_BYTES = 300
"""A batch's metrics record without its samples; likewise."""

SAMPLE_BYTES = 16
"""What a message adds to it; likewise."""

_PLATFORM_BYTES = 365
_PLATFORM_LINES = 3
"""Lambda's own START, END and REPORT of an invocation, the trace's id among them."""

_LINE_OVERHEAD = 26
"""Bytes that CloudWatch Logs bills for each event on top of its text."""

_MS_IN_GB_SECONDS = 1 / 1024 / 1000


class Service(StrEnum):
    """Who sends the bill."""

    EVENTBRIDGE = "EventBridge"
    SQS = "SQS"
    LAMBDA = "Lambda"
    DYNAMODB = "DynamoDB"
    LOGS = "Logs"
    XRAY = "X-Ray"
    SCHEDULER = "Scheduler"


class Way(StrEnum):
    """How an event comes in."""

    QUEUE = "queue"
    BUS = "bus"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What no template says."""

    by: Way = Way.QUEUE
    """How services send; follow-ups come by the bus, and what is scheduled by the scheduler, in any case."""

    send_batch: int = 10
    """Messages that a producer sends in one request."""

    batch_fill: float = 1.0
    """How full batches are, of what a function takes at once; a batch has one message at least."""

    reaction_ms: float = 40
    """A reaction's batch, without what it waits for the CRM."""

    crm_ms: float = 20
    """What a reaction waits for the CRM, a message."""

    job_ms: float = 120
    """A job, with what it waits for the other side."""

    message_bytes: int = 1_000


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the templates say, by the folder of a function."""

    memory: Mapping[str, int]
    """MB."""

    batch: Mapping[str, int]
    archive_days: int
    """0 for no archive."""


def sizes(templates: Iterable[Template]) -> Sizes:
    """Read them in the templates of all stacks of a stage."""
    memory, batch, days = {}, {}, 0
    for template in templates:
        folders = {}
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                folders[logical_id] = resource["Properties"]["Handler"].split(".")[1]
                memory[folders[logical_id]] = resource["Properties"]["MemorySize"]
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::EventSourceMapping":
                batch[folders[resource["Properties"]["FunctionName"]["Ref"]]] = resource["Properties"]["BatchSize"]
            elif resource["Type"] == "AWS::Events::Archive":
                days = resource["Properties"]["RetentionDays"]
    return Sizes(memory=memory, batch=batch, archive_days=days)


Part = tuple[Service, float]
"""A service, and dollars."""


@dataclass(frozen=True)
class Price:
    """What one event costs."""

    by_service: Mapping[Service, float]

    @property
    def dollars(self) -> float:
        """In all."""
        return sum(self.by_service.values())

    def of(self, service: Service) -> float:
        """What goes to one of them."""
        return self.by_service.get(service, 0.0)


def way_in(event_type: EventType[Any], by: Way) -> Way:
    """How events of a type come in, where services that may choose send so."""
    if event_type is SYSTEM_HEARTBEAT or any(event_type in each.schedules for each in CATALOGUE):
        return Way.SCHEDULER
    return by if event_type.sent_by else Way.BUS


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
        total: dict[Service, float] = {}
        for service, dollars in self._whole_way(event_type, way_in(event_type, self._assumed.by), ()):
            total[service] = total.get(service, 0) + dollars
        return Price(total)

    def _whole_way(self, event_type: EventType[Any], way: Way, above: tuple[EventType[Any], ...]) -> Iterator[Part]:
        yield from self._in(way)
        yield from self._over_the_bus()
        yield from self._done(event_type)
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
            yield Service.SCHEDULER, prices.SCHEDULE
        yield Service.SQS, self._requests(self._assumed.send_batch if way is Way.QUEUE else 1)
        yield from self._worked_off(QUEUE_PROCESSOR, _INGRESS_MS)

    def _over_the_bus(self) -> Iterator[Part]:
        size = self._assumed.message_bytes
        yield Service.EVENTBRIDGE, prices.EVENT * math.ceil(size / _CHUNK)
        if days := self._sizes.archive_days:
            yield Service.EVENTBRIDGE, size * (prices.ARCHIVED_BYTE + prices.ARCHIVED_BYTE_MONTH * days / 30)
        yield Service.SQS, self._requests(1)  # EventBridge sends each alone

    def _done(self, event_type: EventType[Any]) -> Iterator[Part]:
        if event_type.kind is Kind.JOB:
            yield from self._worked_off(event_type.folder, self._assumed.job_ms * self._records(event_type.folder))
            yield Service.DYNAMODB, _WRITES_A_JOB * prices.DYNAMODB_WRITE
            yield Service.DYNAMODB, _REMEMBERED_BYTES * prices.DYNAMODB_BYTE_MONTH * REMEMBERED_DAYS / 30
            return
        waiting = self._assumed.crm_ms * self._records(event_type.folder) if Needs.CRM in event_type.needs else 0.0
        yield from self._worked_off(event_type.folder, self._assumed.reaction_ms + waiting)

    def _worked_off(self, folder: str, batch_ms: float) -> Iterator[Part]:
        """From a queue by a function: received and deleted by the batch, run and told of."""
        records = self._records(folder)
        yield Service.SQS, self._requests(records) + prices.SQS_REQUEST / records
        gb_seconds = batch_ms * self._sizes.memory[folder] * _MS_IN_GB_SECONDS
        yield Service.LAMBDA, (prices.LAMBDA_REQUEST + gb_seconds * prices.LAMBDA_GB_SECOND) / records
        a_batch = METRICS_BYTES + _PLATFORM_BYTES + (1 + _PLATFORM_LINES) * _LINE_OVERHEAD
        yield Service.LOGS, (LINE_BYTES + SAMPLE_BYTES + _LINE_OVERHEAD + a_batch / records) * prices.LOG_BYTE
        yield Service.XRAY, _TRACED * prices.TRACE / records

    def _records(self, folder: str) -> float:
        """Of a batch."""
        return max(1.0, self._sizes.batch[folder] * self._assumed.batch_fill)

    def _requests(self, together: float) -> float:
        """Dollars for a message's share in a request of so many."""
        return prices.SQS_REQUEST * math.ceil(together * self._assumed.message_bytes / _CHUNK) / together
