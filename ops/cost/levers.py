"""What was done to make an event cheap, what was left, and what each is worth: dollars a million on the whole way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ops.cost import prices
from ops.cost.assumptions import Assumptions
from ops.cost.bill import Price, Purpose
from ops.cost.per_event import LINE_BYTES, LINE_OVERHEAD, METRICS_BYTES, TRACED
from ops.cost.scenarios import WHOLE_WAY, Scenario, whole_way
from ops.cost.templates import Sizes

_MILLION = 1_000_000
_HOPS = 2
"""Functions on the whole way: the ingress, and the job's."""

_UTILISED = 0.7
"""How much of provisioned capacity DynamoDB's auto scaling lets be used, unless it is told otherwise."""

_SMALLEST = 128
"""MB that a Lambda function has at least."""


@dataclass(frozen=True)
class Lever:
    """One way to pay less, and what it saves."""

    what: str
    dollars: float
    """A million events."""

    why: str
    """How it works; of one that was left: what it would have cost in the place of money."""


@dataclass(frozen=True)
class _System:
    """As it is, and as it might be."""

    of: Sizes
    assumed: Assumptions

    @property
    def price(self) -> Price:
        return whole_way(self.of, self.assumed)

    @property
    def records(self) -> float:
        """Of a batch of the job's."""
        return self.assumed.records(self.of.batch[WHOLE_WAY.event_type.folder])

    def costs(self, *purposes: Purpose) -> float:
        return sum(self.price.by_purpose.get(purpose, 0.0) for purpose in purposes)

    def saves_against(self, other: Scenario) -> float:
        return other.price(self.of, self.assumed).dollars - self.price.dollars

    def waits_with(self, memory: Callable[[int], int]) -> float:
        """What the wait for the other side costs with other memory."""
        so = replace(self.of, memory={folder: memory(size) for folder, size in self.of.memory.items()})
        return whole_way(so, self.assumed).by_purpose[Purpose.OTHER_SIDE]


def provisioned_share(utilised: float) -> float:
    """What a write costs by provisioned capacity that is used so far, as a share of what it costs on demand."""
    return prices.DYNAMODB_CAPACITY_HOUR / 3600 / utilised / prices.DYNAMODB_WRITE


@dataclass(frozen=True)
class _Entry:
    """A lever before it is priced."""

    what: str
    dollars: Callable[[_System], float]
    """Of one event."""

    why: str


_TAKEN: Sequence[_Entry] = (
    _Entry(
        "Sends by ten",
        lambda now: now.saves_against(replace(WHOLE_WAY, send_batch=1)),
        "one request carries ten messages; `publish` does so by itself",
    ),
    _Entry(
        "Batches of ten",
        lambda now: now.saves_against(replace(WHOLE_WAY, batch=1)),
        "one receive, one delete, one invocation, one metrics record and one trace for ten messages",
    ),
    _Entry(
        "One lean line for a delivery",
        lambda _: _HOPS * (LINE_BYTES + LINE_OVERHEAD) * prices.LOG_BYTE,
        "a second line of that length, such as that a message was received, would cost as much again",
    ),
    _Entry(
        "One metrics record for a batch",
        lambda now: _HOPS * (METRICS_BYTES + LINE_OVERHEAD) * (1 - 1 / now.records) * prices.LOG_BYTE,
        "all samples of a batch stand in one record",
    ),
    _Entry(
        "X-Ray's default sampling, no Tracer",
        lambda now: now.costs(Purpose.TRACES) * (1 / TRACED - 1),
        f"not every invocation is traced, but {TRACED:.0%} of them; a line tells of each",
    ),
    _Entry(
        "arm64",
        lambda now: (
            now.costs(Purpose.COMPUTE, Purpose.OTHER_SIDE) * (prices.LAMBDA_GB_SECOND_X86 / prices.LAMBDA_GB_SECOND - 1)
        ),
        "the same time costs more on x86",
    ),
    _Entry(
        "Not twice the memory",
        lambda now: now.waits_with(lambda size: 2 * size) - now.costs(Purpose.OTHER_SIDE),
        "memory is paid for while a job waits; what is computed costs the same, since it takes half as long",
    ),
    _Entry(
        "The guard keeps no result",
        lambda _: prices.DYNAMODB_WRITE,
        "an item of over 1 KB would make its second write two units",
    ),
    _Entry(
        "Events under 64 KB",
        lambda _: prices.EVENT,
        "ids in the place of documents: beyond, EventBridge bills a second unit, and SQS as well",
    ),
)

_LEFT: Sequence[_Entry] = (
    _Entry(
        "One write for the guard, not two",
        lambda _: prices.DYNAMODB_WRITE,
        "a record that says `begun` alone cannot tell a process that died from a job that was done: at the second "
        "delivery a mail would be lost, or sent twice",
    ),
    _Entry(
        "Ten jobs confirmed in one item, at the end of a batch",
        lambda _: prices.DYNAMODB_WRITE * (1 - 1 / 10),
        "a process that dies after nine mails would send nine again. In one call with an item each, it saves no unit",
    ),
    _Entry(
        "Provisioned capacity for the table",
        lambda now: now.costs(Purpose.GUARD) * (1 - provisioned_share(_UTILISED)),
        f"at an even load that uses {_UTILISED:.0%} of it. A peak beyond is throttled, which defers jobs; and where "
        f"the peak is over {1 / provisioned_share(1):.1f} times the mean, capacity for it costs more than on demand",
    ),
    _Entry(
        "The CRM's `Idempotency-Key` in the place of the guard",
        lambda now: now.costs(Purpose.GUARD, Purpose.REMEMBERED),
        "SES, SNS and webhooks know no such key; how long the CRM remembers is its own affair; and nobody would be "
        "told of another payload by the same id",
    ),
    _Entry(
        "Jobs past the bus, from queue to queue",
        lambda now: now.costs(Purpose.EVENT, Purpose.ARCHIVE),
        "no archive and no replay of them, no rule of somebody else's, a grant for each pair of functions: a second "
        "way to do one thing",
    ),
    _Entry(
        "Infrequent-access log class",
        lambda now: (
            now.costs(Purpose.OUTCOME_LINES, Purpose.METRICS, Purpose.PLATFORM_LINES)
            * (1 - prices.LOG_BYTE_INFREQUENT / prices.LOG_BYTE)
        ),
        "no metrics from the embedded format, no metric filters, no Live Tail: the alarms would be blind",
    ),
    _Entry(
        "Lambda's own lines off (JSON format, system level WARN)",
        lambda now: now.costs(Purpose.PLATFORM_LINES),
        "REPORT goes with them: nobody would see how much memory was used, and how long a cold start took",
    ),
    _Entry(
        "No line for what went well",
        lambda now: now.costs(Purpose.OUTCOME_LINES),
        "nobody could follow a message, and the conservation check would have nothing to count",
    ),
    _Entry(
        f"{_SMALLEST} MB for all functions",
        lambda now: now.costs(Purpose.OTHER_SIDE) - now.waits_with(lambda _: _SMALLEST),
        "a fourteenth of a processor: what is computed takes twice as long, a cold start as well, and a batch of large "
        "bodies does not fit",
    ),
    _Entry(
        "Bodies compressed",
        lambda now: now.costs(Purpose.ARCHIVE),
        "at most, for under 64 KB nothing but the archive goes by the byte. No rule could look into a detail, nor "
        "people into a dead letter",
    ),
    _Entry(
        "FIFO queues",
        lambda _: 0.0,
        "a request costs what a standard queue's costs with its fair surcharge, and one slow message holds up all of "
        "its tenant's",
    ),
)


def taken(of: Sizes, assumed: Assumptions) -> Iterator[Lever]:
    """What the system does, against what it would cost without."""
    return _priced(_TAKEN, _System(of, assumed))


def left(of: Sizes, assumed: Assumptions) -> Iterator[Lever]:
    """What would be cheaper still, and is not worth it."""
    return _priced(_LEFT, _System(of, assumed))


def _priced(entries: Sequence[_Entry], now: _System) -> Iterator[Lever]:
    return (Lever(each.what, each.dollars(now) * _MILLION, each.why) for each in entries)
