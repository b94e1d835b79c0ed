"""What the same events cost by how they are sent and worked off, and what a month of them costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ops.cost.assumptions import Assumptions, Way
from ops.cost.bill import Item, Price
from ops.cost.per_event import UsageCost
from ops.cost.templates import Sizes
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.users import USER_INVITED

VOLUMES = (1_000_000, 10_000_000, 100_000_000)
"""Events a month."""

_TOGETHER = (1, 10)
"""Messages of one request, and of one batch: the fewest and the most."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way of using the system."""

    event_type: EventType[Any]
    what: str
    """For people, what stands for all of its kind."""

    by: Way
    send_batch: int
    """Messages that a producer sends in one request; on the bus the price is the same for any number."""

    batch: int | None
    """Messages that a function takes at once; None: as many as it may."""

    with_follow_ups: bool = False

    @property
    def sent(self) -> str:
        """In words."""
        return "bus" if self.by is Way.BUS else f"queue, by {self.send_batch}"

    def price(self, of: Sizes, assumed: Assumptions) -> Price:
        """What one event costs, all of its batches full."""
        sized = of if self.batch is None else of.with_batches_of(self.batch)
        so = replace(assumed, by=self.by, send_batch=self.send_batch, batch_fill=1.0)
        return UsageCost(sized, so, with_follow_ups=self.with_follow_ups).of(self.event_type)


@dataclass(frozen=True)
class ScenarioCost:
    """What a scenario comes to."""

    scenario: Scenario
    price: Price
    """Of one event."""

    months: Sequence[float]
    """Dollars, for each of `VOLUMES`, with all that stands there whatever happens."""


def scenarios() -> Iterator[Scenario]:
    """Each way in, each size of batches, a reaction and a job; then a booking with all that it leads to."""
    ways: Sequence[tuple[Way, int]] = ((Way.QUEUE, 1), (Way.QUEUE, 10), (Way.BUS, 1))
    kinds: Sequence[tuple[EventType[Any], str]] = ((USER_INVITED, "reaction"), (EMAIL_SEND, "guarded job"))
    for (event_type, what), (by, send_batch), batch in product(kinds, ways, _TOGETHER):
        yield Scenario(event_type=event_type, what=what, by=by, send_batch=send_batch, batch=batch)
    ends: Sequence[tuple[int, int | None]] = ((1, 1), (10, None))
    for send_batch, at_once in ends:
        yield Scenario(
            event_type=BOOKING_CREATED,
            what="booking, email, activity and webhook",
            by=Way.QUEUE,
            send_batch=send_batch,
            batch=at_once,
            with_follow_ups=True,
        )


def outcomes(of: Sizes, assumed: Assumptions, *, fixed: Sequence[Item]) -> list[ScenarioCost]:
    """What all of them come to in a stage of these sizes, where this stands whatever happens."""
    stands = sum(item.dollars for item in fixed)
    priced = ((each, each.price(of, assumed)) for each in scenarios())
    return [
        ScenarioCost(scenario, price, [stands + volume * price.dollars for volume in VOLUMES])
        for scenario, price in priced
    ]


WHOLE_WAY = Scenario(
    event_type=EMAIL_SEND, what="ingress, bus, one guarded job", by=Way.QUEUE, send_batch=10, batch=None
)
"""The way that the benchmark suite holds to its target: sent by ten, in batches as large as the catalogue has them."""


def whole_way(of: Sizes, assumed: Assumptions | None = None) -> Price:
    """What one event costs that is sent to the ingress by ten, goes over the bus, and is one guarded job.

    `Price.dollars` is the whole of it, `Price.ours` what is left without the wait for the other side.

    Args:
        of: the sizes of a stage (`ops.cost.templates.sizes` reads them in its templates).
        assumed: what no template says; None: the defaults.
    """
    return WHOLE_WAY.price(of, assumed or Assumptions())
