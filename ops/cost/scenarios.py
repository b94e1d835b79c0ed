"""Scenarios: prices of the same events for different entry points and batch sizes, with monthly costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.bill import Item, Price
from ops.cost.per_event import UsageCost
from ops.cost.templates import Sizes
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.email_outcomes import EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.ses import SES_EVENT
from schemas.users import USER_INVITED

VOLUMES = (1_000_000, 10_000_000, 100_000_000)
"""Events a month."""

_BATCH_SIZES = (1, 10)
"""Minimum and maximum messages in a request and in a batch."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way of sending and processing events."""

    event_type: EventType[Any]
    label: str
    """The kind of event that the type stands for, in tables."""

    entry_point: EntryPoint
    send_batch: int
    """Messages in one request of a producer; on the bus the price does not depend on it."""

    batch: int | None
    """Batch size of all functions; None: as configured."""

    with_follow_ups: bool = False

    @property
    def sent(self) -> str:
        """Entry point and messages per request, as text."""
        return "bus" if self.entry_point is EntryPoint.BUS else f"queue, {self.send_batch} per request"

    def price(self, sizes: Sizes, assumed: Assumptions) -> Price:
        """Return the price of one event if all batches are full."""
        resized = sizes if self.batch is None else sizes.with_batches_of(self.batch)
        adapted = replace(assumed, entry_point=self.entry_point, send_batch=self.send_batch, batch_fill=1.0)
        return UsageCost(resized, adapted, with_follow_ups=self.with_follow_ups).of(self.event_type)


@dataclass(frozen=True)
class ScenarioCost:
    """The cost of a scenario."""

    scenario: Scenario
    price: Price
    """Price of one event."""

    months: Sequence[float]
    """Dollars a month for each of `VOLUMES`, with the fixed cost."""


def scenarios() -> Iterator[Scenario]:
    """Yield a reaction and a job for each entry point and batch size, then a booking with its follow-ups."""
    entries = ((EntryPoint.QUEUE, 1), (EntryPoint.QUEUE, 10), (EntryPoint.BUS, 1))
    kinds: Sequence[tuple[EventType[Any], str]] = ((USER_INVITED, "reaction"), (EMAIL_SEND, "job"))
    for (event_type, label), (entry_point, send_batch), batch in product(kinds, entries, _BATCH_SIZES):
        yield Scenario(event_type=event_type, label=label, entry_point=entry_point, send_batch=send_batch, batch=batch)
    bookings: Sequence[tuple[int, int | None]] = ((1, 1), (10, None))
    for send_batch, batch_size in bookings:
        yield Scenario(
            event_type=BOOKING_CREATED,
            label="booking, email, activity and webhook",
            entry_point=EntryPoint.QUEUE,
            send_batch=send_batch,
            batch=batch_size,
            with_follow_ups=True,
        )


def scenario_costs(sizes: Sizes, assumed: Assumptions, *, fixed: Sequence[Item]) -> list[ScenarioCost]:
    """Compute the cost of all scenarios in a stage with these sizes and fixed costs."""
    fixed_dollars = sum(item.dollars for item in fixed)
    priced = ((each, each.price(sizes, assumed)) for each in scenarios())
    return [
        ScenarioCost(scenario, price, [fixed_dollars + volume * price.dollars for volume in VOLUMES])
        for scenario, price in priced
    ]


DELIVERED_EMAIL: Sequence[EventType[Any]] = (EMAIL_SEND, SES_EVENT, EMAIL_DELIVERED, ACTIVITY_RECORD)
"""The messages of an email that is delivered: it is sent, SES reports, and the company sees it in its activities."""


def delivered_email(sizes: Sizes, assumed: Assumptions) -> dict[str, Price]:
    """Compute the price of each message of an email that is delivered, by type, from the bus on."""
    usage = UsageCost(sizes, replace(assumed, entry_point=EntryPoint.BUS))
    return {each.name: usage.of(each) for each in DELIVERED_EMAIL}


END_TO_END = Scenario(
    event_type=EMAIL_SEND, label="ingress, bus, one job", entry_point=EntryPoint.QUEUE, send_batch=10, batch=None
)
"""The scenario with a target in the benchmark suite: ten messages per request, batch sizes as in the catalogue."""


def end_to_end(sizes: Sizes, assumed: Assumptions | None = None) -> Price:
    """Return the price of one event through ingress, bus and one job, sent ten per request.

    Args:
        sizes: the sizes of a stage (`ops.cost.templates.read_sizes`).
        assumed: the assumptions; None: the defaults.
    """
    return END_TO_END.price(sizes, assumed or Assumptions())
