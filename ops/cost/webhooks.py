"""Cost of webhooks that their endpoint does not take: tries, and rounds of copies that wait between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.per_event import UsageCost
from ops.cost.templates import Sizes
from schemas.endpoints import DISABLED_AFTER
from schemas.webhooks import WEBHOOK_DELIVER

ROUND = timedelta(minutes=15)
"""The longest time between two looks of a copy that waits: SQS's longest delay."""

ROUNDS_A_DAY = 105
"""Rounds of a webhook whose endpoint others ask for it: some are shorter, so that not all come back at once.

A test compares this with the rounds of the function.
"""

PROBES_A_DAY = 48
"""Calls of an endpoint that fails: one in half an hour."""

MS_WITHOUT_ANSWER = 10_000
"""Milliseconds after which a call is given up; a test compares this with the function."""

WEBHOOKS_A_DAY = (100, 1_000, 10_000)
"""Webhooks a day to the endpoint that does not work, in the table."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WebhookCost:
    """The cost of a webhook by what its endpoint does."""

    label: str
    tries: int
    rounds: int
    dollars: float


@dataclass(frozen=True, slots=True)
class DeadEndpointCost:
    """Cost of an endpoint that does not work, from its first failure until it is disabled."""

    webhooks_a_day: int
    rounds: float
    dollars: float


def webhook_costs(sizes: Sizes, assumed: Assumptions) -> Sequence[WebhookCost]:
    """Compute what one webhook costs, from the bus on, by how long its endpoint is away."""
    usage, delays = _usage(sizes, assumed), WEBHOOK_DELIVER.delivery_delays
    first = usage.of(WEBHOOK_DELIVER).dollars
    again, wait = usage.failed_try(WEBHOOK_DELIVER).dollars, usage.waiting_round(WEBHOOK_DELIVER).dollars

    def cost(label: str, tries: int, rounds: int) -> WebhookCost:
        return WebhookCost(label, tries, rounds, first + (tries - 1) * again + rounds * wait)

    return [
        cost("taken at the first try", 1, 0),
        *(
            cost(
                f"taken after {hours} hours", tries_within(timedelta(hours=hours)) + 1, timedelta(hours=hours) // ROUND
            )
            for hours in (2, 24)
        ),
        cost("never taken", 1 + len(delays), rounds_of(delays)),
        WebhookCost("one more try", 1, 0, again),
        WebhookCost("one more try, without an answer in 10 s", 1, 0, _unanswered_try(sizes, assumed)),
        WebhookCost("one more round", 0, 1, wait),
    ]


def dead_endpoint_costs(sizes: Sizes, assumed: Assumptions) -> Sequence[DeadEndpointCost]:
    """Compute what an endpoint costs that answers nothing, until it is disabled.

    Each of its webhooks waits until then, or until its patience ends: the first ones for all of their patience, those
    of the last days for half of it on average.
    """
    usage, days, patience = _usage(sizes, assumed), DISABLED_AFTER / _DAY, WEBHOOK_DELIVER.patience / _DAY
    again, wait = _unanswered_try(sizes, assumed), usage.waiting_round(WEBHOOK_DELIVER).dollars
    days_waited = (days - patience) * patience + patience * patience / 2
    found = []
    for webhooks in WEBHOOKS_A_DAY:
        rounds = webhooks * days_waited * ROUNDS_A_DAY
        found.append(DeadEndpointCost(webhooks, rounds, rounds * wait + days * PROBES_A_DAY * again))
    return found


def rounds_of(delays: Sequence[timedelta]) -> int:
    """Return the rounds of a webhook that waits alone: each delay ends with a try, and not with a round."""
    return sum(math.ceil(delay / ROUND) - 1 for delay in delays)


def tries_within(outage: timedelta) -> int:
    """Return the tries of a webhook that is sent when an outage begins and is tried while it lasts."""
    passed, tries = timedelta(), 0
    for delay in (timedelta(), *WEBHOOK_DELIVER.delivery_delays):
        passed += delay
        tries += passed < outage
    return tries


def _unanswered_try(sizes: Sizes, assumed: Assumptions) -> float:
    return _usage(sizes, replace(assumed, job_ms=MS_WITHOUT_ANSWER)).failed_try(WEBHOOK_DELIVER).dollars


def _usage(sizes: Sizes, assumed: Assumptions) -> UsageCost:
    return UsageCost(sizes, replace(assumed, entry_point=EntryPoint.BUS))
