"""The throughput of a stage: its bounds, the rate that each allows, and the lowest of them.

A bound is a limited resource of which each event takes a share: concurrency for some time, a request, a write. The rate
that it allows is the limit divided by the share; what a rate needs is the product of rate and share.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ops.cost import quotas
from ops.cost.assumptions import Assumptions
from ops.cost.per_event import WRITES_PER_JOB, FunctionTime, batch_time, ingress_time
from ops.cost.quotas import Quota
from ops.cost.templates import Sizes
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Needs
from schemas.names import QUEUE_PROCESSOR
from schemas.reports import REPORT_GENERATE
from schemas.sms import SMS_SEND

RATES = (1_000, 10_000, 100_000)
"""Events a second."""

_RATES = {
    Needs.EMAIL: ("mail_rate", "SES takes from the account: request an increase in Service Quotas"),
    Needs.SMS: ("text_rate", "SNS takes from the account: request an increase in Service Quotas"),
    Needs.CRM: ("crm_rate", "the CRM's team agrees to"),
}
"""By need, the stage setting with the rate of the called system, and who can raise it."""


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """The maximum throughput of one function."""

    name: str
    """The type, or the ingress function."""

    concurrency: int
    """Maximum concurrency."""

    records: float
    """Records in a batch."""

    batch: FunctionTime
    """Duration of a batch."""

    declared: float = math.inf
    """Calls a second that the called system takes; infinite where no rate is declared."""

    @property
    def rate(self) -> float:
        """Events a second at maximum concurrency without idle time, and at the declared rate at most."""
        return min(self.concurrency * self.records / self.batch.seconds, self.declared)

    @property
    def seconds_per_event(self) -> float:
        """Seconds of concurrency that one event takes."""
        return self.batch.seconds / self.records

    @property
    def full_after(self) -> float:
        """Seconds until Lambda reaches the maximum concurrency on a queue that was idle."""
        return max(0.0, self.concurrency - quotas.INITIAL_POLLERS) / quotas.POLLERS_PER_MINUTE * 60


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A limit on throughput."""

    name: str
    limit: float
    unit: str
    share: float
    """The part of the limit that one event a second takes."""

    remedy: str
    source: str
    maximum: float | None = None
    """The highest value that the limit can be raised to; None: whatever AWS grants."""

    @property
    def is_aws(self) -> bool:
        """Whether the limit is an AWS quota, not a setting of this system."""
        return self.maximum is None

    @property
    def rate(self) -> float:
        """Events a second that the limit allows."""
        return self.limit / self.share

    def needed(self, rate: float) -> float:
        """Return the limit that a rate of events a second needs."""
        return rate * self.share

    def raised_to(self, rate: float) -> float:
        """Return the value to raise the limit to for a rate, as far as it can be raised."""
        return self.needed(rate) if self.maximum is None else min(self.needed(rate), self.maximum)

    def is_exceeded(self, rate: float) -> bool:
        """Whether a rate needs more than the limit."""
        return self.needed(rate) > self.limit


def throughputs(sizes: Sizes, assumed: Assumptions) -> list[Throughput]:
    """Compute the maximum throughput of the ingress and of each type's function."""
    return [_ingress_throughput(sizes, assumed), *(_throughput(each, sizes, assumed) for each in CATALOGUE)]


def bounds(sizes: Sizes, assumed: Assumptions) -> list[Bound]:
    """Return the bounds, lowest first, for events that are sent to the ingress and each run one job."""
    ingress, job = _ingress_throughput(sizes, assumed), _throughput(EMAIL_SEND, sizes, assumed)
    invocations = 1 / ingress.records + 1 / job.records
    found = [
        _concurrency(ingress, "`stacks/processing/rates.py`"),
        _concurrency(job, "`schemas/emails.py`, and `mail_rate`, from which it follows"),
        *_declared(EMAIL_SEND, sizes),
        _quota(quotas.MAPPING_CONCURRENCY, job.seconds_per_event),
        _quota(quotas.CONCURRENCY, ingress.seconds_per_event + job.seconds_per_event),
        _quota(quotas.INVOCATIONS, invocations),
        _quota(quotas.PUT_EVENTS, 1),
        _quota(quotas.TARGETS, 1),
        _quota(quotas.IN_FLIGHT, job.batch.seconds),
        _quota(quotas.NEW_TABLE_WRITES, WRITES_PER_JOB),
        _quota(quotas.TABLE_WRITES, WRITES_PER_JOB),
    ]
    return sorted(found, key=lambda bound: bound.rate)


def type_specific_bounds(sizes: Sizes) -> list[Bound]:
    """Return the bounds on schedules, emails, texts and jobs of the CRM; an event here is one of these."""
    found = [_quota(quota, 1) for quota in (quotas.SCHEDULES_SET, quotas.SCHEDULES_DUE, quotas.MAIL_SANDBOX)]
    return [*found, *_declared(SMS_SEND, sizes), *_declared(REPORT_GENERATE, sizes)]


def exceeded(found: Sequence[Bound], rate: float) -> Iterator[Bound]:
    """Yield the bounds that a rate of events a second exceeds, in the given order."""
    return (bound for bound in found if bound.is_exceeded(rate))


def _ingress_throughput(sizes: Sizes, assumed: Assumptions) -> Throughput:
    return Throughput(
        name=QUEUE_PROCESSOR,
        concurrency=sizes.concurrency[QUEUE_PROCESSOR],
        records=assumed.records(sizes.batch[QUEUE_PROCESSOR]),
        batch=ingress_time(assumed),
    )


def _throughput(event_type: EventType[Any], sizes: Sizes, assumed: Assumptions) -> Throughput:
    folder = event_type.folder
    records = assumed.records(sizes.batch[folder])
    return Throughput(
        name=event_type.name,
        concurrency=sizes.concurrency[folder],
        records=records,
        batch=batch_time(event_type, records, assumed),
        declared=sizes.rates.get(folder, math.inf),
    )


def _concurrency(throughput: Throughput, place: str) -> Bound:
    return Bound(
        name=f"our `max_concurrency` of {throughput.name}",
        limit=throughput.concurrency,
        unit="concurrent invocations",
        share=throughput.seconds_per_event,
        remedy=f"raise it in {place}, to {quotas.MAPPING_CONCURRENCY.default:,.0f} at most, and the stage's "
        "`concurrency`, if it is set",
        source=place,
        maximum=quotas.MAPPING_CONCURRENCY.default,
    )


def _declared(event_type: EventType[Any], sizes: Sizes) -> Iterator[Bound]:
    """Yield the bound by the declared rate of the system that a type's function calls."""
    setting, allows = next(rate for need, rate in _RATES.items() if need in event_type.needs)
    if declared := sizes.rates.get(event_type.folder):
        yield Bound(
            name=f"our `{setting}`, for {event_type.name}",
            limit=declared,
            unit="calls a second",
            share=1,
            remedy=f"raise it in `cdk.json`, to what {allows}",
            source="`cdk.json`",
            maximum=math.inf,
        )


def _quota(quota: Quota, share: float) -> Bound:
    return Bound(
        name=quota.name,
        limit=quota.default,
        unit=quota.unit,
        share=share,
        remedy=quota.remedy,
        source=quota.source,
    )
