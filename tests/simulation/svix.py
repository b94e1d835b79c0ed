"""The schedule of Svix, applied to a scenario: each message by itself, and nothing in the way of its calls.

Source: docs.svix.com/retries, "Retry Schedule", read in 2026. Left out is when its clock for disabling starts: here at
the first failure.
"""

from dataclasses import dataclass
from functools import cache
from heapq import heapify, heappop, heappush

from tests.simulation.figures import Waits
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scenarios.scenario import DAY, HOUR, MINUTE
from tests.simulation.stage.behaviours import Call, ReplyKind
from tests.simulation.stage.sides import host_of

DELAYS = (5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
"""Seconds between the failure of a try and the next one; the first is made at once."""

PATIENCE = 15.0
"""Seconds for which a try waits for its answer."""

DISABLED_AFTER = 5 * DAY
"""Without a success for so long, the endpoint is disabled."""


@dataclass(frozen=True, kw_only=True)
class SvixFigures:
    """The result of a scenario by this schedule."""

    calls: int
    lost: int
    """Messages that were not delivered: failed at each try, or left when the endpoint was disabled."""

    waits: Waits


@cache
def by_svix(name: str) -> SvixFigures:
    """Return the figures of a scenario by its name, had Svix sent its webhooks."""
    scenario = SCENARIOS[name]
    behaviour = scenario.behaviour()
    tries = [
        (at, number, 0, at, host_of(message["payload"]["companyId"]), message["id"])
        for number, (at, message) in enumerate(scenario.arrivals())
    ]
    heapify(tries)
    failing: dict[str, float] = {}
    calls, lost, ends = 0, 0, list[tuple[float, float]]()
    while tries:
        at, number, failed, arrived, host, key = heappop(tries)
        if at - failing.get(host, at) >= DISABLED_AFTER:
            lost += 1
            continue
        calls += 1
        reply = behaviour(Call(at, host, key))
        if reply.kind is ReplyKind.SERVED:
            failing.pop(host, None)
            ends.append((arrived, at + reply.seconds))
            continue
        at += PATIENCE if reply.kind is ReplyKind.UNANSWERED else reply.seconds
        failing.setdefault(host, at)
        if failed < len(DELAYS):
            heappush(tries, (at + DELAYS[failed], number, failed + 1, arrived, host, key))
        else:
            lost += 1
    return SvixFigures(calls=calls, lost=lost, waits=Waits.of(ends, scenario.recovers))
