"""How far a stage goes: what bounds its throughput, where each bound lies, and which comes first.

A bound is so much of something of which each event takes its share: concurrency that it occupies for as long as it
takes, a request, a write. So what it allows is the one divided by the other, and what a rate needs is their product.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ops.cost import quotas
from ops.cost.assumptions import Assumptions
from ops.cost.per_event import WRITES_A_JOB, Time, batch_time, ingress_time
from ops.cost.quotas import Quota
from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.names import QUEUE_PROCESSOR

RATES = (1_000, 10_000, 100_000)
"""Events a second."""


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """How fast one function works its queue off, at most."""

    name: str
    """The type, or the ingress's function."""

    concurrency: int
    """Invocations at a time, as the stage has it."""

    records: float
    """Of a batch."""

    batch: Time
    """For a whole batch."""

    @property
    def rate(self) -> float:
        """Events a second, when all invocations that it may have are busy without a pause."""
        return self.concurrency * self.records / self.batch.seconds

    @property
    def occupied(self) -> float:
        """Seconds of concurrency that one event takes."""
        return self.batch.seconds / self.records

    @property
    def full_after(self) -> float:
        """Seconds until Lambda has opened that many, on a queue that wakes."""
        return max(0.0, self.concurrency - quotas.POLLERS_AT_FIRST) / quotas.POLLERS_A_MINUTE * 60


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One thing that bounds throughput."""

    name: str
    limit: float
    unit: str
    share: float
    """Of it, what one event a second takes."""

    way_out: str
    source: str
    most: float | None = None
    """To what it can be raised; None: as far as AWS agrees."""

    @property
    def is_aws(self) -> bool:
        """A quota of AWS's, not a setting of ours."""
        return self.most is None

    @property
    def rate(self) -> float:
        """Events a second that it allows."""
        return self.limit / self.share

    def needed(self, rate: float) -> float:
        """How much of it so many events a second take."""
        return rate * self.share

    def raised_to(self, rate: float) -> float:
        """To what it is to be raised for them, as far as it can be."""
        return self.needed(rate) if self.most is None else min(self.needed(rate), self.most)

    def is_short(self, rate: float) -> bool:
        """Whether they take more than there is."""
        return self.needed(rate) > self.limit


def paces(of: Sizes, assumed: Assumptions) -> list[Throughput]:
    """The ingress's, then each type's."""
    return [_ingress_pace(of, assumed), *(_pace(each, of, assumed) for each in CATALOGUE)]


def bounds(of: Sizes, assumed: Assumptions) -> list[Bound]:
    """What bounds events that come in by the ingress and are one guarded job each; what allows least stands first."""
    ingress, job = _ingress_pace(of, assumed), _pace(EMAIL_SEND, of, assumed)
    invocations = 1 / ingress.records + 1 / job.records
    found = [
        _own(ingress, "`stacks/processing/queue_processor.py`"),
        _own(job, "the type's entry in `schemas/emails.py`"),
        _of_aws(quotas.MAPPING_CONCURRENCY, job.occupied),
        _of_aws(quotas.CONCURRENCY, ingress.occupied + job.occupied),
        _of_aws(quotas.INVOCATIONS, invocations),
        _of_aws(quotas.PUT_EVENTS, 1),
        _of_aws(quotas.TARGETS, 1),
        _of_aws(quotas.IN_FLIGHT, job.batch.seconds),
        _of_aws(quotas.NEW_TABLE_WRITES, WRITES_A_JOB),
        _of_aws(quotas.TABLE_WRITES, WRITES_A_JOB),
    ]
    return sorted(found, key=lambda bound: bound.rate)


def elsewhere() -> list[Bound]:
    """What bounds only some types: each event here is one schedule, or one mail."""
    return [_of_aws(quota, 1) for quota in (quotas.SCHEDULES_SET, quotas.SCHEDULES_DUE, quotas.MAIL_SANDBOX)]


def raised_first(found: Sequence[Bound], rate: float) -> Iterator[Bound]:
    """What is too small for so many events a second, in the order in which it is met."""
    return (bound for bound in found if bound.is_short(rate))


def _ingress_pace(of: Sizes, assumed: Assumptions) -> Throughput:
    return Throughput(
        name=QUEUE_PROCESSOR,
        concurrency=of.concurrency[QUEUE_PROCESSOR],
        records=assumed.records(of.batch[QUEUE_PROCESSOR]),
        batch=ingress_time(assumed),
    )


def _pace(event_type: EventType[Any], of: Sizes, assumed: Assumptions) -> Throughput:
    folder = event_type.folder
    records = assumed.records(of.batch[folder])
    return Throughput(
        name=event_type.name,
        concurrency=of.concurrency[folder],
        records=records,
        batch=batch_time(event_type, records, assumed),
    )


def _own(pace: Throughput, place: str) -> Bound:
    return Bound(
        name=f"our `max_concurrency` of {pace.name}",
        limit=pace.concurrency,
        unit="invocations at a time",
        share=pace.occupied,
        way_out=f"raise it in {place}, to {quotas.MAPPING_CONCURRENCY.default:,.0f} at most",
        source=place,
        most=quotas.MAPPING_CONCURRENCY.default,
    )


def _of_aws(quota: Quota, share: float) -> Bound:
    return Bound(
        name=quota.name,
        limit=quota.default,
        unit=quota.unit,
        share=share,
        way_out=quota.way_out,
        source=quota.source,
    )
